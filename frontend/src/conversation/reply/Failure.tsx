// The error of a reply, shown in place, with one action to recover from it.
import type { ConversationMessage } from '@sillage/client';
import type { StreamErrorCode } from '@sillage/protocol';
import { useLanguage } from '../../i18n/Language.tsx';
import { type RecoveryAction, recoveryFor } from './recovery.ts';
import { retryWords } from './retry-time.ts';
import { UnderWay } from './UnderWay.tsx';

/** Handler of each recovery action. */
export type FailureActions = Readonly<Record<RecoveryAction, () => void>>;

interface FailureProps {
  readonly message: Pick<ConversationMessage, 'streamId' | 'createdAt' | 'retryAfter'>;
  readonly code: StreamErrorCode;
  /** Whether the reply failed while the conversation was on screen; the error is then announced. */
  readonly isFresh: boolean;
  /** Recovery actions; absent for an earlier reply, which shows only the error. */
  readonly actions: FailureActions | undefined;
}

/** Renders the error for a code, in the user's language. */
export function Failure({ message, code, isFresh, actions }: FailureProps) {
  const { locale, messages } = useLanguage();
  const { errors, recovery: words } = messages;
  const recovery = recoveryFor({ code, streamId: message.streamId });
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
        {errors[code]} {retryWords(message, { words, locale })} {code === 'rate-limited' && <UnderWay />}
      </p>
      {actions !== undefined && (
        <button type="button" className="button" onClick={actions[recovery]}>
          {labels[recovery]}
        </button>
      )}
    </div>
  );
}
