// The error shown if a conversation could not be loaded, with a button to try again.
import type { StreamErrorCode } from '@sillage/protocol';
import { useMessages } from '../../i18n/Language.tsx';

interface UnreadableProps {
  readonly code: StreamErrorCode | undefined;
  readonly onRetry: () => void;
}

/** Renders the error in place of the messages. */
export function Unreadable({ code = 'internal', onRetry }: UnreadableProps) {
  const { unreadable, errors, recovery } = useMessages();
  return (
    <div className="failure" role="alert" data-testid="failure" data-code={code}>
      <p>
        {unreadable} {errors[code]}
      </p>
      <button type="button" className="button" onClick={onRetry}>
        {recovery.retry}
      </button>
    </div>
  );
}
