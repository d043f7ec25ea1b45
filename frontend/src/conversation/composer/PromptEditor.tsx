// The editor of an existing message; sending creates a new version and keeps the old one. Enter sends, Escape cancels.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { isComposing, sends } from '../../browser/keys.ts';
import { useMessages } from '../../i18n/Language.tsx';
import { useGrowing } from '../../ui/useGrowing.ts';

interface PromptEditorProps {
  readonly text: string;
  readonly maxLength: number;
  readonly onCancel: () => void;
  readonly onSend: (text: string) => void;
}

/** Renders the editor. */
export function PromptEditor({ text: original, maxLength, onCancel, onSend }: PromptEditorProps) {
  const { cancel, composer, message } = useMessages();
  const [text, setText] = useState(original);
  const field = useRef<HTMLTextAreaElement>(null);
  const edited = text.trim();
  const isTooLong = edited.length > maxLength;
  const canSend = edited !== '' && !isTooLong;

  useGrowing(field, text);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(original.length, original.length);
  }, [original]);

  const send = () => {
    if (canSend) onSend(edited);
  };
  const press = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === 'Escape') {
      event.preventDefault(); // cancels the edit without stopping a reply
      event.stopPropagation();
      onCancel();
    }
    if (!sends(event)) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="prompt-editor"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        dir="auto"
        rows={1}
        value={text}
        aria-label={message.edited}
        aria-invalid={isTooLong}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      {isTooLong && (
        <p className="field-error" role="alert">
          {composer.tooLong(edited.length, maxLength)}
        </p>
      )}
      <div className="prompt-editor-actions">
        <button type="button" className="button" onClick={onCancel}>
          {cancel}
        </button>
        <button type="submit" className="button primary" aria-disabled={!canSend}>
          {message.sendEdited}
        </button>
      </div>
    </form>
  );
}
