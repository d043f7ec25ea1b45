// Opens streams for their owners, at a position that exists. Knows no HTTP: what reads is a sink.
import { Inject, Injectable } from '@nestjs/common';
import { type Offset, StreamError, type StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { badField } from '../../http/errors.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { positionIn, type RequestedPosition } from '../http/position.ts';
import { ChatService } from '../starting/chat.service.ts';
import { type Sink, StreamPump } from './stream-pump.ts';

/** Is a stream that was opened for one reader, who has yet to say where it goes. */
export interface Reading {
  readonly streamId: StreamId;
  readonly after: Offset;
  /** Builds the pump to a sink; it moves nothing before the sink is ready. To be called once. */
  readonly pumpTo: (sink: Sink) => StreamPump;
  /** Lets go of a stream that will not be pumped after all. */
  readonly close: () => void;
}

@Injectable()
export class ReadingService {
  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly chats: ChatService,
  ) {}

  /** Opens a stream of this user; `undefined` when its end had been seen already.
   *  @throws {StreamError} `not-found`, `gone`, `bad-request` for a position that cannot be. */
  async open(user: User, streamId: StreamId, asked: RequestedPosition): Promise<Reading | undefined> {
    const { end, isForgotten } = await this.chats.find(user, streamId);
    const after = positionIn(streamId, asked);
    if (end !== undefined && after === end.offset) return undefined;
    if (end !== undefined && after > end.offset) throw badField('Last-Event-ID', 'lies beyond the end of the stream');
    let pump: StreamPump | undefined;
    const view = isForgotten ? undefined : await this.store.open(streamId, () => pump?.wake());
    if (view === undefined) throw new StreamError('gone', 'This reply is not kept any more.');
    if (view.isTorn(after)) {
      view.close();
      throw badField('Last-Event-ID', 'lies within a character');
    }
    const pumpTo = (sink: Sink) => {
      pump = new StreamPump(view, sink, { after, ...this.options.timings });
      return pump;
    };
    return { streamId, after, pumpTo, close: () => view.close() };
  }
}
