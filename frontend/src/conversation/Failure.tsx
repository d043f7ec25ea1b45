// What went wrong, where it did, and the one thing to do about it.
import type { ConversationMessage } from '@sillage/client';
import type { StreamErrorCode } from '@sillage/protocol';
import { useMessages } from '../i18n/Language.tsx';
import { type RecoveryAction, recoveryFor } from './remedy.ts';

/** Is what the page does for each remedy. */
export type FailureActions = Readonly<Record<RecoveryAction, () => void>>;

interface FailureProps {
  readonly message: Pick<ConversationMessage, 'streamId' | 'retryAfter'>;
  readonly code: StreamErrorCode;
  /** It happened before this reader's eyes, and is said aloud. */
  readonly isFresh: boolean;
  /** Absent on an earlier reply: it says what happened, and is past. */
  readonly actions: FailureActions | undefined;
}

/** Shows a failure by its code, in the reader's language. */
export function Failure({ message, code, isFresh, actions }: FailureProps) {
  const { errors, remedy: words } = useMessages();
  const remedy = recoveryFor({ code, streamId: message.streamId });
  const labels: Record<RecoveryAction, string> = {
    retry: words.retry,
    reconnect: words.reconnect,
    edit: words.edit,
    'new-conversation': words.newConversation,
    'sign-in': words.signIn,
  };

  return (
    <div
      className={actions ? 'failure' : 'failure past'}
      role={isFresh ? 'alert' : 'group'}
      data-testid="failure"
      data-code={code}
    >
      <p>
        {errors[code]} {message.retryAfter !== undefined && words.waitFirst(message.retryAfter)}
      </p>
      {actions !== undefined && (
        <button type="button" className="button" onClick={actions[remedy]}>
          {labels[remedy]}
        </button>
      )}
    </div>
  );
}
