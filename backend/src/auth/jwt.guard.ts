// Guards every route under /api: a JWT in the header, or, on routes that say so, a ticket in the query.
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { StreamError } from '@sillage/protocol';
import type { Request } from 'express';
import { setCurrentUser } from './current-user.decorator.ts';
import { type Ticket, TicketService } from './ticket.service.ts';
import { TokenVerifier } from './token-verifier.ts';

const WithTicket = Symbol('WithTicket');

/** Lets a route be opened by `?ticket=` as well. */
export const TakesTicket = () => SetMetadata(WithTicket, true);

const tickets = new WeakMap<Request, Ticket>();

/** Injects the ticket that opened the route; `undefined` where a JWT did. */
export const CurrentTicket = createParamDecorator((_: unknown, context: ExecutionContext): Ticket | undefined =>
  tickets.get(context.switchToHttp().getRequest<Request>()),
);

/** Lets a request pass when it says who asks. A JWT is never taken from a URL. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly tickets: TicketService,
  ) {}

  /** @throws {StreamError} `unauthorized`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const { ticket } = request.query;
    if (typeof ticket === 'string' && this.reflector.get<boolean>(WithTicket, context.getHandler())) {
      const shown = await this.tickets.show(ticket);
      tickets.set(request, shown);
      setCurrentUser(request, shown.user);
      return true;
    }
    const [, token] = /^Bearer +([^ ]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const user = token === undefined ? undefined : await this.verifier.verify(token);
    if (user === undefined) throw new StreamError('unauthorized', 'Sign in again: the token is missing or not valid.');
    setCurrentUser(request, user);
    return true;
  }
}
