// Responds to a request with a stream: opens it and connects a pump to the response.
import { Inject, Injectable } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { takeOver } from '../../platform/adapters.ts';
import { sendNothing } from '../../platform/send.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { SillageEncoder } from './encoders/sillage-encoder.ts';
import type { CreateEncoder } from './encoders/stream-encoder.ts';
import type { RequestedPosition } from './position.ts';
import { ReadingService } from './reading.service.ts';
import { SseWriter } from './sse-writer.ts';

@Injectable()
export class StreamResponder {
  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly reads: ReadingService,
  ) {}

  /** Writes a stream of this user, by default in Sillage's own format; resolves once the response has begun. `204` if the
   *  reader has already seen its end.
   *  @throws {StreamError} before any header is sent. */
  async write(
    user: User,
    streamId: StreamId,
    requested: RequestedPosition,
    response: unknown,
    createEncoder: CreateEncoder = (read) => new SillageEncoder(read),
  ): Promise<void> {
    const read = await this.reads.open(user, streamId, requested);
    if (read === undefined) {
      await sendNothing(response);
      return;
    }
    const writer = new SseWriter(takeOver(response), {
      encoder: createEncoder(read),
      slowReaderMs: this.options.timings.slowReaderMs,
      onReady: () => pump.ready(),
      onClose: () => pump.close(),
    });
    const pump = read.pumpTo(writer);
    writer.begin();
  }
}
