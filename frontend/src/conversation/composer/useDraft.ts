// The draft of a message. It survives a reload, and a sent message is kept until the server has accepted it. Each tab
// has its own draft; a tab that has none begins with the latest one of the others.
import { useCallback, useState } from 'react';
import { usePerson } from '../../browser/person.ts';
import { readOfTab, readStored, storedKeys, writeOfTab, writeStored } from '../../browser/stored.ts';

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
      writeOfTab(storedKeys.draft(person, draftId), next);
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
  const key = storedKeys.draft(person, draftId);
  const parts = [readStored(storedKeys.sent(person, draftId)), readOfTab(key) ?? readStored(key)];
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
