// Returns the timeline of a stream to its owner.
import { Injectable } from '@nestjs/common';
import { StreamError, type StreamId, type TimelineResponse } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { Timelines } from './timelines.ts';

@Injectable()
export class TimelineService {
  constructor(
    private readonly userStreams: UserStreamsService,
    private readonly timelines: Timelines,
  ) {}

  /** @throws {StreamError} `not-found`; `gone` when the stream is no longer kept. */
  async find(user: User, streamId: StreamId): Promise<TimelineResponse> {
    const record = await this.userStreams.find(user, streamId);
    if (!this.userStreams.isKept(record)) throw new StreamError('gone', 'This reply is no longer stored.');
    return this.timelines.find(record);
  }
}
