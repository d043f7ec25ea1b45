// Copies a text, and says so for a moment.
import { useEffect, useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';

const shownForMs = 2_000;

/** Copies `text`; absent where the browser keeps its clipboard closed to the page. */
export function CopyButton({ text }: { readonly text: string }) {
  const { copy, copied } = useMessages();
  const [isCopied, setCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), shownForMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  if (navigator.clipboard === undefined) return null;
  const write = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  const label = isCopied ? copied : copy;
  return (
    <button
      type="button"
      className="button icon-button small reply-action"
      onClick={write}
      aria-label={label}
      title={label}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}
