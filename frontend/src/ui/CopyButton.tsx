// A button that copies a text, and confirms it for a moment: by its icon, its label and an announcement.
import { type ReactNode, useEffect, useState } from 'react';
import { copy as copyOut } from '../browser/copy.ts';
import { say } from '../browser/said.ts';
import { useMessages } from '../i18n/Language.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';

const shownForMs = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** Label of the button, if it copies something other than a reply. */
  readonly label?: string;
  /** What is said once it is copied; default: that it is. */
  readonly confirmation?: string;
  /** The icon, if it copies something other than text. */
  readonly icon?: ReactNode;
  /** Returns the HTML to copy along with the text. */
  readonly htmlOf?: (() => string | undefined) | undefined;
}

/** Renders a button that copies `text`. */
export function CopyButton({ text, label: named, confirmation, icon = <CopyIcon />, htmlOf }: CopyButtonProps) {
  const { copy, copied } = useMessages();
  const [isCopied, setCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), shownForMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const done = confirmation ?? copied;
  const write = async () => {
    const isDone = await copyOut({ text, html: htmlOf?.() });
    setCopied(isDone);
    if (isDone) say(done);
  };
  const label = isCopied ? done : (named ?? copy);
  return (
    <button
      type="button"
      className={`button icon-button small ${named === undefined ? 'reply-action' : ''}`}
      onClick={() => void write()}
      aria-label={label}
      title={label}
    >
      {isCopied ? <CheckIcon /> : icon}
    </button>
  );
}
