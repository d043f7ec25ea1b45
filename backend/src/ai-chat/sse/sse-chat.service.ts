// `GET /stream-sse`: a start the first time, a resume every time after, as `EventSource` reconnects to the same URL.
import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import type { ChatRequest, StreamId } from '@sillage/protocol';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { isBoundElsewhere, type Ticket, TicketService, usedUp } from '../../auth/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { chatQuerySchema, chatRequestSchema, parseChat } from '../http/chat-request.dto.ts';
import { EndWasSeen } from '../http/error.filter.ts';
import { eventIdIn, positionIn, type RequestedPosition } from '../http/position.ts';
import { ChatService } from '../starting/chat.service.ts';
import { ReadingService } from './reading.service.ts';
import { observeReading } from './sse-observable.ts';

/** Is what an `EventSource`, or who plays one, sends. */
export interface SseChatRequest {
  readonly chatRequest: unknown;
  readonly query: Record<string, unknown>;
  readonly ticket: Ticket | undefined;
  readonly key: string | undefined;
  readonly lastEventId: string | undefined;
}

@Injectable()
export class SseChatService {
  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly chats: ChatService,
    private readonly readings: ReadingService,
    private readonly tickets: TicketService,
  ) {}

  /** Starts or resumes, and yields the stream.
   *  @throws {StreamError} a refusal. @throws {EndWasSeen} for `204`. */
  async observe(user: User, request: SseChatRequest, response: Response): Promise<Observable<MessageEvent>> {
    const streamId = await this.streamOf(user, request);
    const { lastEventId } = request;
    const reading = await this.readings.open(user, streamId, { lastEventId, after: undefined });
    if (reading === undefined) throw new EndWasSeen();
    if (response.destroyed || response.writableEnded) reading.close(); // Nest drops what comes too late
    return observeReading(reading, response, this.options.timings);
  }

  /** Binds a ticket to the reading of one stream; without a ticket there is nothing to do.
   *  @throws {StreamError} `unauthorized` when it opened something else. */
  async bind(ticket: Ticket | undefined, user: User, streamId: StreamId, requested: RequestedPosition): Promise<void> {
    if (ticket === undefined) return;
    const to = `streams?after=${requested.after ?? ''}`;
    const resumed = eventIdIn(requested.lastEventId)?.streamId ?? streamId;
    if (isBoundElsewhere(ticket, to) || (ticket.streamId ?? resumed) !== resumed) throw usedUp();
    positionIn(streamId, requested); // a ticket is not used up by a wrong position,
    await this.chats.find(user, streamId); // nor by a wrong id
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
    if (ticket === undefined) return this.chats.start(user, request, { key });
    return this.streamOfTicket(user, request, { ticket, resumed });
  }

  /** Finds the stream that a ticket is bound to, or binds it to the one that is resumed, or to a new one. */
  private async streamOfTicket(
    user: User,
    request: ChatRequest,
    { ticket, resumed }: { ticket: Ticket; resumed: StreamId | undefined },
  ): Promise<StreamId> {
    const to = `stream-sse ${JSON.stringify(request)}`;
    if (isBoundElsewhere(ticket, to)) throw usedUp();
    if (resumed === undefined) return ticket.streamId ?? this.startOnce(user, request, { ticket, to });
    if (ticket.streamId === undefined) await this.chats.find(user, resumed);
    else if (ticket.streamId !== resumed) throw usedUp();
    await this.tickets.bind(ticket, { to, streamId: resumed });
    return resumed;
  }

  /** Starts with the ticket as the idempotency key: of two first uses at once, both get the same stream. */
  private async startOnce(
    user: User,
    request: ChatRequest,
    { ticket, to }: { ticket: Ticket; to: string },
  ): Promise<StreamId> {
    const started = await this.tickets.reserve(ticket, to);
    if (started !== undefined) return started;
    try {
      const streamId = await this.chats.start(user, request, { key: ticket.key });
      await this.tickets.bind(ticket, { to, streamId, isReserved: true });
      return streamId;
    } catch (error) {
      await this.tickets.release(ticket, to); // a refused start does not use it up
      throw error;
    }
  }
}
