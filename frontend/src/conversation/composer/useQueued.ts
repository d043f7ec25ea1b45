// A message written while a reply streams. It is queued, and sent when the reply has ended.
import { useCallback, useEffect, useState } from 'react';
import { useEscape } from '../../ui/useEscape.ts';

/** Progress of the last reply: being streamed, ended normally, or broken (stopped, failed or interrupted). */
export type ReplyProgress = 'streaming' | 'ended' | 'broken';

interface QueueOptions {
  readonly progress: ReplyProgress;
  readonly onSend: (message: string) => void;
  readonly onStop: () => Promise<unknown>;
  /** Moves a message back into the field. */
  readonly onTakeBack: (message: string) => void;
}

/** A queued message and its actions. */
export interface Queued {
  readonly message: string | undefined;
  readonly add: (message: string) => void;
  readonly takeBack: () => void;
  readonly stopAndSend: () => void;
}

/** Manages the queued message. Escape, or a reply that does not end normally, moves it back into the field. */
export function useQueued({ progress, onSend, onStop, onTakeBack }: QueueOptions): Queued {
  const [message, setMessage] = useState<string>();
  const [isForced, setForced] = useState(false);

  const take = useCallback(() => {
    setMessage(undefined);
    setForced(false);
    return message ?? '';
  }, [message]);
  const takeBack = useCallback(() => onTakeBack(take()), [onTakeBack, take]);

  useEffect(() => {
    if (message === undefined || progress === 'streaming') return;
    if (progress === 'ended' || isForced) onSend(take());
    else onTakeBack(take());
  }, [message, progress, isForced, onSend, onTakeBack, take]);
  useEscape(message !== undefined, takeBack, { first: true });

  return {
    message,
    takeBack,
    add: (more) => setMessage((waiting) => (waiting === undefined ? more : `${waiting}\n\n${more}`)),
    stopAndSend: () => {
      setForced(true);
      void onStop();
    },
  };
}
