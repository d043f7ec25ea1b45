// The draft of a message. It survives a reload, and a sent message is kept until the server has accepted it.
import { useCallback, useState } from 'react';
import { usePerson } from '../../browser/person.ts';
import { readStored, storedKeys, writeStored } from '../../browser/stored.ts';

/** The text of the message field and its setter. */
export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
}

/** Reads and stores the draft of a conversation; `draftId` is the conversation's id, or `new`. */
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

/** Stores a message that the server has not accepted yet; `undefined` removes it. */
export function keepSent(person: string, sessionId: string, message: string | undefined): void {
  writeStored(storedKeys.sent(person, sessionId), message);
}

function readDraft(person: string, draftId: string): string {
  const parts = [readStored(storedKeys.sent(person, draftId)), readStored(storedKeys.draft(person, draftId))];
  return parts.filter((part) => part !== undefined).join('\n\n');
}
