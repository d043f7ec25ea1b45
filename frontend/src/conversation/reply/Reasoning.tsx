// The reasoning of a model before its reply: open while there is nothing else to read, folded as soon as the reply begins.
// No live region contains it, so a screen reader reads it only on request.
import { memo, type ToggleEvent, useEffect, useRef, useState } from 'react';
import { useMessages } from '../../i18n/Language.tsx';
import { UnfoldIcon } from '../../ui/icons.tsx';
import { durationOf } from './duration.ts';
import { GrowingText } from './ReplyText.tsx';

interface ReasoningProps {
  readonly text: string;
  /** How long the model reasoned; absent while it is not known. */
  readonly ms: number | undefined;
  /** Whether the reply has no text yet, or has ended without any. */
  readonly isAlone: boolean;
  /** Whether the model is reasoning now. */
  readonly isRunning: boolean;
  /** Whether the conversation has been on screen since the reasoning began, so that it can be timed here. */
  readonly isTimed: boolean;
}

/** Renders the reasoning, which the user may fold and unfold at any time. */
export const Reasoning = memo(function Reasoning({ text, ms, isAlone, isRunning, isTimed }: ReasoningProps) {
  const { reasoning: words } = useMessages();
  const observedMs = useObservedMs({ isRunning, isTimed });
  const [choice, choose] = useState<boolean>();
  const isOpen = choice ?? isAlone;
  const thoughtMs = ms ?? observedMs;
  const take = ({ currentTarget: { open } }: ToggleEvent<HTMLDetailsElement>) => {
    if (open !== isOpen) choose(open); // otherwise it was opened or folded here
  };

  return (
    <details className="reasoning" open={isOpen} onToggle={take} data-testid="reasoning">
      <summary>
        <UnfoldIcon />
        {isRunning && words.running}
        {!isRunning && (thoughtMs === undefined ? words.ended : words.endedAfter(durationOf(thoughtMs)))}
      </summary>
      {isOpen && (
        <div className="reasoning-text">
          <GrowingText text={text} wake={isRunning ? 'running' : 'none'} />
        </div>
      )}
    </details>
  );
});

/** Returns how long the reasoning ran on this page; `undefined` until it is over, or if its begin was not seen. */
function useObservedMs({ isRunning, isTimed }: Pick<ReasoningProps, 'isRunning' | 'isTimed'>): number | undefined {
  const begin = useRef<number>(undefined);
  const [observedMs, setObservedMs] = useState<number>();

  useEffect(() => {
    if (isTimed) begin.current ??= performance.now();
    const since = begin.current;
    if (!isRunning && since !== undefined) setObservedMs((known) => known ?? performance.now() - since);
  }, [isRunning, isTimed]);

  return observedMs;
}
