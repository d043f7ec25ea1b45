// Opens streams for their owners at a valid position. Independent of HTTP: the caller connects a sink.
import { Inject, Injectable } from '@nestjs/common';
import { type Offset, StreamError, type StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { badField } from '../../http/errors.ts';
import { OBSERVER, type Observer } from '../../observing/observer.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { Timelines } from '../timeline/timelines.ts';
import { positionIn, type RequestedPosition } from './position.ts';
import { type Sink, StreamPump } from './stream-pump.ts';

/** A stream opened for one reader, not yet connected to a sink. */
export interface ActiveRead {
  readonly streamId: StreamId;
  readonly after: Offset;
  /** Creates the pump to a sink; it writes nothing before the sink is ready. Must be called at most once. */
  readonly pumpTo: (sink: Sink) => StreamPump;
  /** Releases a stream without a pump. */
  readonly close: () => void;
}

@Injectable()
export class ReadingService {
  /** The readers of this process. */
  readonly pumps = new Set<StreamPump>();

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly userStreams: UserStreamsService,
    @Inject(OBSERVER) private readonly observer: Observer,
    private readonly timelines: Timelines,
  ) {}

  /** Opens a stream of this user; `undefined` if the reader has already seen its end.
   *  @throws {StreamError} `not-found`, `gone`, `bad-request` for an invalid position. */
  async open(user: User, streamId: StreamId, requested: RequestedPosition): Promise<ActiveRead | undefined> {
    const record = await this.userStreams.find(user, streamId);
    const { end } = record;
    const after = positionIn(streamId, requested);
    if (end !== undefined && after === end.offset) return undefined;
    if (end !== undefined && after > end.offset) throw badField('Last-Event-ID', 'is past the end of the stream');
    let pump: StreamPump | undefined;
    const view = this.userStreams.isKept(record) ? await this.store.open(streamId, () => pump?.notify()) : undefined;
    if (view === undefined) throw new StreamError('gone', 'This reply is no longer stored.');
    if (view.isTorn(after)) {
      view.close();
      throw badField('Last-Event-ID', 'is within a character');
    }
    this.observer.readOpened?.({ isResume: after > 0, replayed: Math.max(0, view.stored - after) });
    const pumpTo = (sink: Sink) => {
      const recorder = end === undefined ? this.timelines.open(streamId, after) : undefined;
      const opened = new StreamPump(view, sink, {
        after,
        ...this.options.timings,
        onWritten: recorder?.written,
        onClose: () => {
          this.pumps.delete(opened);
          recorder?.close();
        },
      });
      pump = opened;
      this.pumps.add(opened);
      return opened;
    };
    return { streamId, after, pumpTo, close: () => view.close() };
  }
}
