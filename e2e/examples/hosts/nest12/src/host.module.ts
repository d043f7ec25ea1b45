// A host application with everything on that a host may have, and two routes of its own.
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Get,
  HttpException,
  Injectable,
  Module,
  type NestInterceptor,
  Res,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import { PassportModule, PassportStrategy } from '@nestjs/passport';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { AiChatModule, AiService, CurrentUser, JwtGuard, type User } from '@sillage/server';
import { ClsModule } from 'nestjs-cls';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { map, type Observable } from 'rxjs';

@Injectable()
class EnvelopeInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data, wrapped: true })));
  }
}

@Catch()
class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), { host: 'caught', status }, status);
  }
}

@Injectable()
class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest().headers['x-refuse']) throw new ForbiddenException('The host says no');
    return true;
  }
}

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: process.env.HOST_SECRET as string });
  }

  validate({ sub }: { sub: string }): User {
    return { id: sub };
  }
}

@Controller('host')
class HostController {
  constructor(private readonly ai: AiService) {}

  @Get('me')
  @UseGuards(JwtGuard)
  me(@CurrentUser() user: User) {
    return user;
  }

  @Get('raw')
  async raw(@Res() response: { raw?: unknown }): Promise<void> {
    const node = (response.raw ?? response) as import('node:http').ServerResponse;
    const gone = new AbortController();
    node.on('close', () => gone.abort());
    node.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache, no-transform' });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    for await (const chunk of this.ai.streamChat(messages, 'ada', { signal: gone.signal })) node.write(chunk);
    node.end();
  }
}

const chat = AiChatModule.forRootAsync({
  path: 'ai-chat',
  aiSdk: { path: 'chat' },
  agUi: { path: 'ag-ui' },
  imports: [ConfigModule],
  inject: [ConfigService],
  useFactory: async (config: ConfigService) => ({
    ai: { apiKey: 'key', apiUrl: config.get('PROVIDER_URL'), model: 'gpt-4o', titles: false },
    storage: { memory: true as const },
    auth: { jwtSecret: config.getOrThrow('HOST_SECRET') },
    limits: { streamsPerUser: 1000, startsPerMinute: 10_000 },
  }),
});

/** Another configuration in the same process: other data, another path, the host's own sign-in. */
const second = AiChatModule.forRoot({
  path: 'second',
  ai: { apiKey: 'key', apiUrl: process.env.PROVIDER_URL, model: 'gpt-4o', titles: false },
  storage: { memory: true },
  auth: { resolveUser: (request) => ({ id: String(request.headers['x-user'] ?? 'nobody') }), tickets: false },
});

@Module({
  imports: [
    chat,
    second,
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    PassportModule,
    ThrottlerModule.forRoot([{ ttl: 60_000, limit: 100_000 }]),
    ClsModule.forRoot({ global: true, middleware: { mount: true }, interceptor: { mount: true } }),
  ],
  controllers: [HostController],
  providers: [
    JwtStrategy,
    { provide: APP_FILTER, useClass: CatchAllFilter },
    { provide: APP_GUARD, useClass: ThrottlerGuard },
    { provide: APP_GUARD, useClass: HostGuard },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor },
    {
      provide: APP_PIPE,
      useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
    },
  ],
})
export class HostModule {}
