// Writes the reply of a stored message in the format of another protocol, always from its start: the client rebuilds the
// message.
import { Injectable } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { Branches } from '../../conversations/reading/branches.ts';
import type { EncodedRead, StreamEncoder, StreamMessage } from '../sse/encoders/stream-encoder.ts';
import { StreamResponder } from '../sse/stream-responder.ts';

const fromStart = { lastEventId: undefined, after: undefined };

@Injectable()
export class ReplyResponder {
  constructor(
    private readonly branches: Branches,
    private readonly responder: StreamResponder,
  ) {}

  /** Writes a stream of this user; resolves once the response has begun.
   *  @throws {StreamError} before any header is sent. */
  async write(
    user: User,
    streamId: StreamId,
    response: unknown,
    createEncoder: (read: EncodedRead, message: StreamMessage) => StreamEncoder,
  ): Promise<void> {
    const message = (await this.branches.findReply(streamId)) ?? { id: streamId };
    await this.responder.write(user, streamId, fromStart, response, (read) => createEncoder(read, message));
  }
}
