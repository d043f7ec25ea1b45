// Answers a request with a stream: opens it, and joins it to the response.
import { Inject, Injectable } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { Response } from 'express';
import type { User } from '../../auth/user.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import type { RequestedPosition } from '../http/position.ts';
import { ReadingService } from './reading.service.ts';
import { SseWriter } from './sse-writer.ts';

@Injectable()
export class StreamResponder {
  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly readings: ReadingService,
  ) {}

  /** Writes a stream of this user; resolves once it is under way. `204` when its end had been seen.
   *  @throws {StreamError} a refusal: no header was sent. */
  async write(user: User, streamId: StreamId, asked: RequestedPosition, response: Response): Promise<void> {
    const reading = await this.readings.open(user, streamId, asked);
    if (reading === undefined) {
      response.status(204).end();
      return;
    }
    const writer = new SseWriter(response, {
      ...reading,
      slowReaderMs: this.options.timings.slowReaderMs,
      onReady: () => pump.ready(),
      onClose: () => pump.close(),
    });
    const pump = reading.pumpTo(writer);
    writer.begin();
  }
}
