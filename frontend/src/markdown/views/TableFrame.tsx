// A table that scrolls horizontally in its own frame, so that the page does not.
import type { ReactNode, UIEvent } from 'react';
import { useMessages } from '../../i18n/Language.tsx';
import { useScrollable } from './useScrollable.ts';

/** Renders the parts of a table in a scrollable frame. */
export function TableFrame({ children }: { readonly children?: ReactNode }) {
  const messages = useMessages();
  const { ref, isScrollable, tabIndex } = useScrollable<HTMLDivElement>();
  const region = isScrollable ? { role: 'region', 'aria-label': messages.table } : {};
  return (
    <div className="table-frame" ref={ref} tabIndex={tabIndex} onScroll={showEnd} {...region}>
      <table>{children}</table>
    </div>
  );
}

/** Marks a frame that is scrolled to its end, where no content is cut off. */
function showEnd({ currentTarget: frame }: UIEvent<HTMLElement>): void {
  const left = frame.scrollWidth - frame.clientWidth - Math.abs(frame.scrollLeft);
  frame.toggleAttribute('data-at-end', left < 2);
}
