// What a person can do about a reply that failed.
import type { ConversationMessage } from '@sillage/client';
import type { StreamErrorCode } from '@sillage/protocol';

/** `retry` asks the model again; `reconnect` reads the same reply on; `edit` opens the message for another wording. */
export type RecoveryAction = 'retry' | 'reconnect' | 'edit' | 'new-conversation' | 'sign-in';

/** Chooses what the page offers where a reply failed. */
export function recoveryFor({
  code,
  streamId,
}: {
  code: StreamErrorCode;
  streamId?: ConversationMessage['streamId'];
}): RecoveryAction {
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
