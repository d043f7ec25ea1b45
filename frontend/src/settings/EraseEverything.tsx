// Erases all conversations of the person, after a confirmation that must be typed.
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import type { ConversationList } from '../sidebar/list-store/conversation-list.ts';
import { useListState } from '../sidebar/useListState.ts';

interface EraseEverythingProps {
  readonly list: ConversationList;
  readonly onErased: () => void;
}

/** Renders the button, and then the confirmation. */
export function EraseEverything({ list, onErased }: EraseEverythingProps) {
  const { settings } = useMessages();
  const [isConfirming, setConfirming] = useState(false);

  return (
    <section className="setting erase">
      <div className="erase-first">
        <h3>{settings.data}</h3>
        <p className="setting-detail">{settings.dataDetail}</p>
      </div>
      {isConfirming ? (
        <Confirmation list={list} onErased={onErased} onCancel={() => setConfirming(false)} />
      ) : (
        <button type="button" className="button dangerous" onClick={() => setConfirming(true)}>
          {settings.erase}
        </button>
      )}
    </section>
  );
}

function Confirmation({ list, onErased, onCancel }: EraseEverythingProps & { readonly onCancel: () => void }) {
  const { settings, cancel, errors, list: words } = useMessages();
  const { problem } = useListState(list);
  const [typed, setTyped] = useState('');
  const [isErasing, setErasing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const isMeant = typed.trim().toLowerCase() === settings.eraseWord;

  useEffect(() => field.current?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isMeant || isErasing) return;
    setErasing(true);
    if (await list.erase()) return onErased();
    setErasing(false);
  };

  return (
    <form className="erase-second" onSubmit={submit}>
      <p id={`${id}-warning`}>{settings.eraseWarning}</p>
      <label htmlFor={id}>{settings.typeEraseWord(settings.eraseWord)}</label>
      <input
        ref={field}
        id={id}
        className="field"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        aria-describedby={`${id}-warning`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      {problem?.what === 'erase' && (
        <p className="field-error" role="alert">
          {words.problem.erase} {errors[problem.code]}
        </p>
      )}
      <div className="erase-actions">
        <button type="button" className="button" onClick={onCancel}>
          {cancel}
        </button>
        <button type="submit" className="button dangerous filled" aria-disabled={!isMeant || isErasing}>
          {settings.eraseNow}
        </button>
      </div>
    </form>
  );
}
