// The beginning of what is loaded: older messages come when the reader comes near, and what is read stays where it is.
import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { useEdge } from './useEdge.ts';

interface OlderProps {
  readonly box: RefObject<HTMLElement | null>;
  /** The key of the first message that is shown. */
  readonly first: string | undefined;
  readonly hasMore: boolean;
  readonly onMore: () => Promise<void>;
}

/** Draws the edge, with a button for those who do not scroll; nothing once everything is loaded. */
export function Older({ box, first, hasMore, onMore }: OlderProps) {
  const { older } = useMessages();
  const before = useRef(0);

  const more = () => {
    before.current = box.current?.scrollHeight ?? 0;
    void onMore();
  };
  const edge = useEdge(more);

  // biome-ignore lint/correctness/useExhaustiveDependencies: there is another first message: older ones came above
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null || before.current === 0) return;
    current.scrollTop += current.scrollHeight - before.current;
    before.current = 0;
  }, [first, box]);

  if (!hasMore) return null;
  return (
    <div key={first} ref={edge} className="older">
      <button type="button" className="button quiet" onClick={more}>
        {older}
      </button>
    </div>
  );
}
