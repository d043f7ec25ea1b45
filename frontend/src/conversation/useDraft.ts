// What is being typed. It survives a reload, and what was sent is kept until the server has taken it.
import { useCallback, useState } from 'react';
import { readStored, storedKeys, writeStored } from '../browser/stored.ts';

/** Is what stands in the message field. */
export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
}

/** Keeps the draft of a conversation; `draftId` is its id, or `new`. */
export function useDraft(draftId: string): Draft {
  const [text, show] = useState(() => readDraft(draftId));
  const setText = useCallback(
    (next: string) => {
      show(next);
      writeStored(storedKeys.draft(draftId), next);
    },
    [draftId],
  );
  return { text, setText };
}

/** Keeps a message that is on its way; `undefined` once the server has it. */
export function keepSent(sessionId: string, message: string | undefined): void {
  writeStored(storedKeys.sent(sessionId), message);
}

function readDraft(draftId: string): string {
  const parts = [readStored(storedKeys.sent(draftId)), readStored(storedKeys.draft(draftId))];
  return parts.filter((part) => part !== undefined).join('\n\n');
}
