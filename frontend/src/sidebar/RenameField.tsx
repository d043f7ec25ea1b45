// A title that is being changed, in its own place. Enter and leaving keep it, Escape does not.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { isComposing } from '../browser/keys.ts';
import { useMessages } from '../i18n/Language.tsx';

const longestTitle = 200;

interface RenameFieldProps {
  readonly title: string;
  /** Gets the new title; nothing where it stays as it is. `byKey`: the focus has to go somewhere. */
  readonly onDone: (title: string | undefined, byKey: boolean) => void;
}

/** Takes a new title. */
export function RenameField({ title, onDone }: RenameFieldProps) {
  const { list } = useMessages();
  const [text, setText] = useState(title);
  const field = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const done = (next: string, byKey: boolean) => {
    if (isDone.current) return; // leaving follows Enter and Escape
    isDone.current = true;
    const changed = next.trim().replace(/\s+/g, ' ');
    onDone(changed === '' || changed === title ? undefined : changed, byKey);
  };
  const press = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    done(event.key === 'Enter' ? text : title, true);
  };

  return (
    <input
      ref={field}
      className="rename"
      dir="auto"
      value={text}
      maxLength={longestTitle}
      aria-label={list.title}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={press}
      onBlur={() => done(text, false)}
    />
  );
}
