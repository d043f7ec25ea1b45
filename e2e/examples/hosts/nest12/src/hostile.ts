// The guards, interceptors and exception filter that an application has for all its routes.
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  type NestInterceptor,
  UnauthorizedException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { User } from '@sillage/server';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { map, type Observable, timeout } from 'rxjs';

@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data, wrapped: true })));
  }
}

/** A request may shorten the timeout by a header. */
@Injectable()
export class TimeoutInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest();
    return next.handle().pipe(timeout(Number(headers['x-timeout'] ?? 30_000)));
  }
}

@Catch()
export class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), { host: 'caught', status }, status);
  }
}

@Injectable()
export class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest().headers['x-refuse']) throw new ForbiddenException('The host says no');
    return true;
  }
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: process.env.HOST_SECRET as string });
  }

  validate({ sub }: { sub: string }): User {
    return { id: sub };
  }
}

/** Puts passport's user into the request. A request without a token is anonymous; a wrong token is refused. */
@Injectable()
export class PassportGuard extends AuthGuard('jwt') {
  override handleRequest<TUser>(error: unknown, user: TUser | false, info?: Error): TUser {
    if (error || info?.name === 'JsonWebTokenError') throw new UnauthorizedException();
    return (user || undefined) as TUser;
  }
}
