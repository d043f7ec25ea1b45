// A button that copies a text and confirms it for a moment.
import { useEffect, useState } from 'react';
import { copy as copyOut } from '../browser/copy.ts';
import { useMessages } from '../i18n/Language.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';

const shownForMs = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** Label of the button, if it copies something other than a reply. */
  readonly label?: string;
  /** Returns the HTML to copy along with the text. */
  readonly htmlOf?: (() => string | undefined) | undefined;
}

/** Renders a button that copies `text`. */
export function CopyButton({ text, label: named, htmlOf }: CopyButtonProps) {
  const { copy, copied } = useMessages();
  const [isCopied, setCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), shownForMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const write = () => void copyOut({ text, html: htmlOf?.() }).then(setCopied);
  const label = isCopied ? copied : (named ?? copy);
  return (
    <button
      type="button"
      className={`button icon-button small ${named === undefined ? 'reply-action' : ''}`}
      onClick={write}
      aria-label={label}
      title={label}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}
