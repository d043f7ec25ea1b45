// The guard of every route under /api. It accepts a JWT in the header or, on routes marked so, a ticket in the query.
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { StreamError } from '@sillage/protocol';
import type { Request, Response } from 'express';
import { Admission } from '../limits/admission.ts';
import { setCurrentUser } from './current-user.decorator.ts';
import { type Ticket, TicketService } from './ticket.service.ts';
import { TokenVerifier } from './token-verifier.ts';
import type { User } from './user.ts';

const WithTicket = Symbol('WithTicket');

/** Marks a route that accepts `?ticket=` as well. */
export const TakesTicket = () => SetMetadata(WithTicket, true);

const tickets = new WeakMap<Request, Ticket>();

/** Injects the request's ticket; `undefined` if it was authenticated by a JWT. */
export const CurrentTicket = createParamDecorator((_: unknown, context: ExecutionContext): Ticket | undefined =>
  tickets.get(context.switchToHttp().getRequest<Request>()),
);

/** Authenticates requests. A JWT is never accepted from a URL. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly tickets: TicketService,
    private readonly admission: Admission,
  ) {}

  /** @throws {StreamError} `unauthorized`, `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const user = await this.userOf(request, context);
    this.admission.admit(user.id, request, http.getResponse<Response>());
    setCurrentUser(request, user);
    return true;
  }

  private async userOf(request: Request, context: ExecutionContext): Promise<User> {
    const { ticket } = request.query;
    if (typeof ticket === 'string' && this.reflector.get<boolean>(WithTicket, context.getHandler())) {
      const shown = await this.tickets.show(ticket);
      tickets.set(request, shown);
      return shown.user;
    }
    const [, token] = /^Bearer +([^ ]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const user = token === undefined ? undefined : await this.verifier.verify(token);
    if (user === undefined) throw new StreamError('unauthorized', 'Sign in again: the token is missing or not valid.');
    return user;
  }
}
