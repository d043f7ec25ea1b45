// The message queued until a reply ends, shown above the field.
import { useMessages } from '../../i18n/Language.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { CloseIcon, PenIcon } from '../../ui/icons.tsx';
import type { Queued } from './useQueued.ts';

interface QueuedMessageProps {
  readonly queued: Queued;
  /** Moves the message back into the field for editing. */
  readonly onEdit: () => void;
}

/** Renders the queued message and its actions. */
export function QueuedMessage({ queued: { message, takeBack, stopAndSend }, onEdit }: QueuedMessageProps) {
  const { queued: words } = useMessages();
  if (message === undefined) return null;
  return (
    <section className="queued" aria-label={words.label} data-testid="queued">
      <p className="queued-label" role="status">
        {words.label}
      </p>
      <p className="queued-text" dir="auto">
        {message}
      </p>
      <div className="queued-actions">
        <button type="button" className="button small" onClick={stopAndSend}>
          {words.stopAndSend}
        </button>
        <IconButton isSmall onClick={onEdit} label={words.edit}>
          <PenIcon />
        </IconButton>
        <IconButton isSmall onClick={takeBack} label={words.cancel}>
          <CloseIcon />
        </IconButton>
      </div>
    </section>
  );
}
