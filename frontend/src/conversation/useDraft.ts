// What is being typed. It survives a reload, and what was sent is kept until the server has taken it.
import { useCallback, useState } from 'react';
import { usePerson } from '../browser/person.ts';
import { readStored, storedKeys, writeStored } from '../browser/stored.ts';

/** Is what stands in the message field. */
export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
}

/** Keeps the draft of a conversation; `draftId` is its id, or `new`. */
export function useDraft(draftId: string): Draft {
  const person = usePerson();
  const [text, show] = useState(() => readDraft(person, draftId));
  const setText = useCallback(
    (next: string) => {
      show(next);
      writeStored(storedKeys.draft(person, draftId), next);
    },
    [draftId, person],
  );
  return { text, setText };
}

/** Keeps a message that is on its way; `undefined` once the server has it. */
export function keepSent(person: string, sessionId: string, message: string | undefined): void {
  writeStored(storedKeys.sent(person, sessionId), message);
}

function readDraft(person: string, draftId: string): string {
  const parts = [readStored(storedKeys.sent(person, draftId)), readStored(storedKeys.draft(person, draftId))];
  return parts.filter((part) => part !== undefined).join('\n\n');
}
