// `GET /stream-sse`: the first request starts a stream, and every later one resumes it, as `EventSource` reconnects to the
// same URL.
import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { type ChatRequest, StreamError, type StreamId } from '@sillage/protocol';
import type { Observable } from 'rxjs';
import { isBoundElsewhere, type Ticket, TicketService, usedUp } from '../../auth/tickets/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { nodeResponseOf } from '../../platform/adapters.ts';
import { EndAlreadySeen } from '../../platform/error-response.filter.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { chatQuerySchema, chatRequestSchema, parseChat } from '../starting/chat-request.dto.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { eventIdIn, positionIn, type RequestedPosition } from './position.ts';
import { type ActiveRead, ReadingService } from './reading.service.ts';
import { observeRead, prepareResponse } from './sse-observable.ts';

/** The parts of a request to `/stream-sse`. */
export interface SseChatRequest {
  readonly chatRequest: unknown;
  readonly query: Record<string, unknown>;
  readonly ticket: Ticket | undefined;
  readonly key: string | undefined;
  readonly lastEventId: string | undefined;
}

/** A request with its response. */
interface Connection {
  readonly request: object;
  readonly response: ServerResponse;
}

@Injectable()
export class SseChatService {
  private readonly opened = new WeakMap<object, ActiveRead>();

  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly userStreams: UserStreamsService,
    private readonly reads: ReadingService,
    private readonly tickets: TicketService,
  ) {}

  /** Starts or resumes a stream, and opens it for the handler of this request.
   *  @throws {StreamError} for an error response. @throws {EndAlreadySeen} for `204`. */
  async open(user: User, chat: SseChatRequest, { request, response }: Connection): Promise<void> {
    const streamId = await this.streamOf(user, chat);
    const read = await this.reads.open(user, streamId, { lastEventId: chat.lastEventId, after: undefined });
    if (read === undefined) throw new EndAlreadySeen();
    // The handler may never run: an interceptor can refuse, and the client can be gone.
    response.once('close', read.close);
    if (response.destroyed || response.writableEnded) read.close();
    this.opened.set(request, read);
    prepareResponse(response, streamId);
  }

  /** Yields nothing while the stream that was opened for this request is written to its response. */
  observe(request: object, response: unknown): Observable<never> {
    const read = this.opened.get(request);
    if (read === undefined) throw new StreamError('internal', 'No stream was opened for this request.');
    return observeRead(read, nodeResponseOf(response), this.options.timings);
  }

  /** Binds a ticket to the read of one stream; does nothing without a ticket.
   *  @throws {StreamError} `unauthorized` when the ticket is bound to another use. */
  async bind(ticket: Ticket | undefined, user: User, streamId: StreamId, requested: RequestedPosition): Promise<void> {
    if (ticket === undefined) return;
    const to = `streams?after=${requested.after ?? ''}`;
    const resumed = eventIdIn(requested.lastEventId)?.streamId ?? streamId;
    if (isBoundElsewhere(ticket, to) || (ticket.streamId ?? resumed) !== resumed) throw usedUp();
    positionIn(streamId, requested); // an invalid position does not use the ticket,
    await this.userStreams.find(user, streamId); // nor does an invalid id
    await this.tickets.bind(ticket, { to, streamId });
  }

  private async streamOf(
    user: User,
    { chatRequest, query, ticket, key, lastEventId }: SseChatRequest,
  ): Promise<StreamId> {
    const resumed = eventIdIn(lastEventId)?.streamId;
    if (ticket === undefined && resumed !== undefined) return resumed;
    const isInBody = typeof chatRequest === 'object' && chatRequest !== null && Object.keys(chatRequest).length > 0;
    const request = isInBody ? parseChat(chatRequestSchema, chatRequest) : parseChat(chatQuerySchema, query);
    if (ticket === undefined) return this.userStreams.start(user, request, { key });
    return this.streamOfTicket(user, request, { ticket, resumed });
  }

  /** Returns the stream that a ticket is bound to; binds an unused one to the resumed stream or to a new one. */
  private async streamOfTicket(
    user: User,
    request: ChatRequest,
    { ticket, resumed }: { ticket: Ticket; resumed: StreamId | undefined },
  ): Promise<StreamId> {
    const to = `stream-sse ${JSON.stringify(request)}`;
    if (isBoundElsewhere(ticket, to)) throw usedUp();
    if (resumed === undefined) return ticket.streamId ?? this.startOnce(user, request, { ticket, to });
    if (ticket.streamId === undefined) await this.userStreams.find(user, resumed);
    else if (ticket.streamId !== resumed) throw usedUp();
    await this.tickets.bind(ticket, { to, streamId: resumed });
    return resumed;
  }

  /** Starts a stream with the ticket as idempotency key, so that two concurrent first uses get the same stream. */
  private async startOnce(
    user: User,
    request: ChatRequest,
    { ticket, to }: { ticket: Ticket; to: string },
  ): Promise<StreamId> {
    const started = await this.tickets.reserve(ticket, to);
    if (started !== undefined) return started;
    try {
      const streamId = await this.userStreams.start(user, request, { key: ticket.key });
      await this.tickets.bind(ticket, { to, streamId, isReserved: true });
      return streamId;
    } catch (error) {
      await this.tickets.release(ticket, to); // a failed start does not use the ticket
      throw error;
    }
  }
}
