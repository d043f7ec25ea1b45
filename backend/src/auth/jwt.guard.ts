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
import { setAuthorization } from './authorization.ts';
import { setCurrentUser } from './current-user.decorator.ts';
import { Revocations } from './revocation/revocations.ts';
import { TICKET_OPTIONS, type Ticket, type TicketOptions, TicketService } from './tickets/ticket.service.ts';
import type { Authenticated } from './user.ts';

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
    private readonly revocations: Revocations,
  ) {}

  /** @throws {StreamError} `unauthorized`, `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const response = nodeResponseOf(http.getResponse());
    requestContext.enterWith(traceRequest(this.tracing, request, response)); // before the first await: the handler inherits it
    const { user, token, expiresAt } = await this.authorizationOf(request, context).catch(async (error: unknown) => {
      if (error instanceof StreamError && error.code === 'unauthorized') await this.admission.reject(request.ip ?? '');
      throw error;
    });
    await this.admission.admit(user.id, nodeRequestOf(request), response);
    setCurrentUser(request, user);
    setAuthorization(response, { userId: user.id, token, expiresAt, revocations: this.revocations });
    return true;
  }

  private async authorizationOf(request: PlatformRequest, context: ExecutionContext): Promise<Authorized> {
    const authorized = await this.authenticated(request, context);
    if (authorized.token !== undefined) this.revocations.check(authorized.user.id, authorized.token);
    return authorized;
  }

  private async authenticated(request: PlatformRequest, context: ExecutionContext): Promise<Authorized> {
    const { ticket } = request.query;
    const takesTicket =
      this.options.isEnabled !== false && this.reflector.get<boolean>(WithTicket, context.getHandler());
    if (typeof ticket === 'string' && takesTicket) {
      await this.admission.checkAddress(request.ip ?? '');
      const shown = await this.tickets.show(ticket);
      tickets.set(request, shown);
      return shown;
    }
    const authenticated = await this.authenticate(request);
    if (authenticated !== undefined) return { ...authenticated, expiresAt: expiryOf(authenticated) };
    throw new StreamError('unauthorized', 'Sign in again: the token is missing or not valid.');
  }
}

/** The user of a request, and how long another one can be sent in the same way. */
interface Authorized extends Authenticated {
  /** In milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

function expiryOf({ token }: Authenticated): number | undefined {
  return token?.exp === undefined ? undefined : token.exp * 1000;
}
