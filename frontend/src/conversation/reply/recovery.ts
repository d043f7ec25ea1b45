// Recovery actions for a failed reply.
import type { ConversationMessage } from '@sillage/client';
import type { StreamErrorCode } from '@sillage/protocol';

/** `retry` requests a new reply; `reconnect` resumes the same reply; `edit` opens the message for editing. */
export type RecoveryAction = 'retry' | 'reconnect' | 'edit' | 'new-conversation' | 'sign-in';

/** Returns the recovery action for a failed reply. */
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
