// A text field that edits a title in place. Enter and blur save it, Escape cancels.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { isComposing } from '../browser/keys.ts';
import { useMessages } from '../i18n/Language.tsx';

const longestTitle = 200;

interface RenameFieldProps {
  readonly title: string;
  /** Called with the new title, or `undefined` if it is unchanged. `byKey`: whether a key ended the edit, so that the
   *  focus must be moved. */
  readonly onDone: (title: string | undefined, byKey: boolean) => void;
}

/** Renders the text field. */
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
    if (isDone.current) return; // blur follows Enter and Escape
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
