// `GET /stream-sse`: a start the first time, a resume every time after, as `EventSource` reconnects to the same URL.
import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { type Ticket, TicketService } from '../../auth/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { chatQuerySchema, chatRequestSchema, parseChat } from '../http/chat-request.dto.ts';
import { EndWasSeen } from '../http/error.filter.ts';
import { usedUp } from '../http/errors.ts';
import { eventIdIn, type RequestedPosition } from '../http/position.ts';
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
  async bind(
    ticket: Ticket | undefined,
    user: User,
    streamId: StreamId,
    { lastEventId, after = '' }: RequestedPosition,
  ): Promise<void> {
    if (ticket === undefined) return;
    if (opensNoStream(ticket)) throw usedUp();
    const resumed = eventIdIn(lastEventId)?.streamId ?? streamId;
    if (ticket.streamId !== undefined && ticket.streamId !== resumed) throw usedUp();
    await this.chats.find(user, streamId); // a ticket is not used up by a wrong id
    await this.tickets.bind(ticket, { to: `streams?after=${after}`, streamId });
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
    if (opensNoStream(ticket)) throw usedUp();
    if (ticket.streamId === undefined && resumed !== undefined) await this.chats.find(user, resumed);
    const streamId = ticket.streamId ?? resumed ?? (await this.startOnce(user, request, ticket));
    if (resumed !== undefined && resumed !== streamId) throw usedUp();
    await this.tickets.bind(ticket, { to: `stream-sse ${JSON.stringify(request)}`, streamId });
    return streamId;
  }

  /** Starts with the ticket as the idempotency key: of two first uses at once, both get the same stream. */
  private async startOnce(user: User, request: Parameters<ChatService['start']>[1], ticket: Ticket): Promise<StreamId> {
    try {
      return await this.chats.start(user, request, { key: ticket.key });
    } catch (error) {
      throw error instanceof StreamError && error.code === 'conflict' ? usedUp() : error;
    }
  }
}

/** Says whether a ticket was bound to the feed. */
function opensNoStream({ boundTo, streamId }: Ticket): boolean {
  return boundTo !== undefined && streamId === undefined;
}
