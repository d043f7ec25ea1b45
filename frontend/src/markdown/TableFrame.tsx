// A table that scrolls sideways in its own frame, so that the page never does.
import type { ReactNode } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { useScrollable } from './useScrollable.ts';

/** Frames the parts of a table. */
export function TableFrame({ children }: { readonly children?: ReactNode }) {
  const messages = useMessages();
  const { ref, isScrollable, tabIndex } = useScrollable<HTMLDivElement>();
  const region = isScrollable ? { role: 'region', 'aria-label': messages.table } : {};
  return (
    <div className="table-frame" ref={ref} tabIndex={tabIndex} {...region}>
      <table>{children}</table>
    </div>
  );
}
