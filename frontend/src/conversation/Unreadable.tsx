// A conversation that could not be loaded: why, and another try.
import type { StreamErrorCode } from '@sillage/protocol';
import { useMessages } from '../i18n/Language.tsx';

interface UnreadableProps {
  readonly code: StreamErrorCode | undefined;
  readonly onRetry: () => void;
}

/** Stands where the messages would be. */
export function Unreadable({ code = 'internal', onRetry }: UnreadableProps) {
  const { unreadable, errors, remedy } = useMessages();
  return (
    <div className="failure" role="alert" data-testid="failure" data-code={code}>
      <p>
        {unreadable} {errors[code]}
      </p>
      <button type="button" className="button" onClick={onRetry}>
        {remedy.retry}
      </button>
    </div>
  );
}
