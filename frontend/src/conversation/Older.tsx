// Loads older messages when the user scrolls near the first loaded one, and keeps the scroll position stable.
import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useEdge } from '../hooks/useEdge.ts';
import { useMessages } from '../i18n/Language.tsx';

interface OlderProps {
  readonly box: RefObject<HTMLElement | null>;
  /** Id of the first loaded message. */
  readonly first: string | undefined;
  readonly hasMore: boolean;
  readonly onMore: () => Promise<void>;
}

/** Renders the observed edge, with a button as an alternative to scrolling; nothing once all messages are loaded. */
export function Older({ box, first, hasMore, onMore }: OlderProps) {
  const { older } = useMessages();
  const before = useRef(0);

  const more = () => {
    before.current = box.current?.scrollHeight ?? 0;
    void onMore();
  };
  const edge = useEdge(more);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new first message means that older ones were added above
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
