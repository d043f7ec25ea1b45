// The guard of every route. It accepts what the module's `auth` option names or, on routes marked so, a ticket in the query.
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { StreamError } from '@sillage/protocol';
import { Admission } from '../limits/admission.ts';
import { requestContext } from '../observing/request-context.ts';
import { traceRequest } from '../observing/request-span.ts';
import { TRACING, type Tracing } from '../observing/tracing.ts';
import { nodeRequestOf, nodeResponseOf, type PlatformRequest } from '../platform/adapters.ts';
import { AUTHENTICATE, type Authenticate } from './authenticate.ts';
import { setCurrentUser } from './current-user.decorator.ts';
import { TICKET_OPTIONS, type Ticket, type TicketOptions, TicketService } from './ticket.service.ts';
import type { User } from './user.ts';

const WithTicket = Symbol('WithTicket');

/** Marks a route that accepts `?ticket=` as well. */
export const TakesTicket = () => SetMetadata(WithTicket, true);

const tickets = new WeakMap<object, Ticket>();

/** Injects the request's ticket; `undefined` if it was authenticated by a JWT. */
export const CurrentTicket = createParamDecorator((_: unknown, context: ExecutionContext): Ticket | undefined =>
  ticketOf(context.switchToHttp().getRequest<object>()),
);

/** Returns the ticket that authenticated a request. */
export function ticketOf(request: object): Ticket | undefined {
  return tickets.get(request);
}

/** Authenticates requests. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(AUTHENTICATE) private readonly authenticate: Authenticate,
    @Inject(TICKET_OPTIONS) private readonly options: TicketOptions,
    private readonly tickets: TicketService,
    private readonly admission: Admission,
    @Inject(TRACING) private readonly tracing: Tracing,
  ) {}

  /** @throws {StreamError} `unauthorized`, `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const response = nodeResponseOf(http.getResponse());
    requestContext.enterWith(traceRequest(this.tracing, request, response)); // before the first await: the handler inherits it
    const user = await this.userOf(request, context).catch(async (error: unknown) => {
      if (error instanceof StreamError && error.code === 'unauthorized') await this.admission.reject(request.ip ?? '');
      throw error;
    });
    await this.admission.admit(user.id, nodeRequestOf(request), response);
    setCurrentUser(request, user);
    return true;
  }

  private async userOf(request: PlatformRequest, context: ExecutionContext): Promise<User> {
    const { ticket } = request.query;
    const takesTicket =
      this.options.isEnabled !== false && this.reflector.get<boolean>(WithTicket, context.getHandler());
    if (typeof ticket === 'string' && takesTicket) {
      await this.admission.checkAddress(request.ip ?? '');
      const shown = await this.tickets.show(ticket);
      tickets.set(request, shown);
      return shown.user;
    }
    const user = await this.authenticate(request);
    if (user === undefined) throw new StreamError('unauthorized', 'Sign in again: the token is missing or not valid.');
    return user;
  }
}
