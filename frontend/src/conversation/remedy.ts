// What a person can do about a reply that failed.
import type { StreamErrorCode } from '@sillage/protocol';
import type { ShownMessage } from './conversation.ts';

/** `retry` asks the model again; `reconnect` reads the same reply on; `edit` puts the message back into the composer. */
export type Remedy = 'retry' | 'reconnect' | 'edit' | 'new-conversation' | 'sign-in';

/** Chooses what the page offers where a reply failed. */
export function remedyFor({ code, streamId }: { code: StreamErrorCode; streamId?: ShownMessage['streamId'] }): Remedy {
  switch (code) {
    case 'unauthorized':
      return 'sign-in';
    case 'network':
    case 'bad-response':
      return streamId === undefined ? 'retry' : 'reconnect';
    case 'bad-request':
    case 'too-large':
    case 'prompt-refused':
      return 'edit';
    case 'context-too-long':
    case 'forbidden':
      return 'new-conversation';
    default:
      return 'retry';
  }
}
