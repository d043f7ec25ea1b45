// Navigation between the versions of a message.
import { useMessages } from '../../i18n/Language.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { NextIcon, PreviousIcon } from '../../ui/icons.tsx';

interface VersionsProps {
  readonly id: string;
  readonly siblings: readonly string[];
  readonly onSelect: (messageId: string) => void;
}

/** Renders `2 / 3` between two arrows; nothing if there is only one version. */
export function Versions({ id, siblings, onSelect }: VersionsProps) {
  const { message } = useMessages();
  if (siblings.length < 2) return null;
  const place = siblings.indexOf(id);
  const step = (by: -1 | 1) => {
    const sibling = siblings[place + by];
    const label = by < 0 ? message.previous : message.next;
    return (
      <IconButton
        isSmall
        label={label}
        aria-disabled={sibling === undefined}
        onClick={() => sibling !== undefined && onSelect(sibling)}
      >
        {by < 0 ? <PreviousIcon /> : <NextIcon />}
      </IconButton>
    );
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a label and two buttons are not a fieldset
    <div
      className="versions"
      role="group"
      aria-label={message.version(place + 1, siblings.length)}
      data-testid="versions"
    >
      {step(-1)}
      <span aria-hidden="true">
        {place + 1} / {siblings.length}
      </span>
      {step(1)}
    </div>
  );
}
