// Writes a stream in the AI SDK's format, always from its start: the client rebuilds the message.
import { Injectable } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { Branches } from '../../conversations/branches.ts';
import { UiMessageEncoder } from '../sse/encoders/ui-message-encoder.ts';
import { StreamResponder } from '../sse/stream-responder.ts';

const fromStart = { lastEventId: undefined, after: undefined };

@Injectable()
export class UiMessageResponder {
  constructor(
    private readonly branches: Branches,
    private readonly responder: StreamResponder,
  ) {}

  /** Writes a stream of this user; resolves once the response has begun.
   *  @throws {StreamError} before any header is sent. */
  async write(user: User, streamId: StreamId, response: unknown): Promise<void> {
    const message = (await this.branches.findReply(streamId)) ?? { id: streamId };
    await this.responder.write(user, streamId, fromStart, response, (read) => new UiMessageEncoder(read, message));
  }
}
