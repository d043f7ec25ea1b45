// Formulas typeset by KaTeX. Loaded only when a reply contains a formula. Creates elements, never HTML from a string;
// a formula cannot add links, load resources or run code, and its size and macro expansion are limited.
import katex from 'katex';
import 'katex/dist/katex.min.css';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { useScrollable } from '../views/useScrollable.ts';
import { FormulaSource, type TypesetProps } from './FormulaSource.tsx';

const longestFormula = 4_000;

/** Typesets a formula; shows its source while KaTeX cannot parse it, for example because it is incomplete. */
export const Typeset = memo(function Typeset({ tex, isDisplay, source }: TypesetProps) {
  const place = useRef<HTMLSpanElement>(null);
  const { ref, tabIndex } = useScrollable<HTMLSpanElement>();
  const [isRead, setRead] = useState(true);

  useLayoutEffect(() => {
    if (place.current !== null) setRead(typeset(tex, { isDisplay, into: place.current }));
  }, [tex, isDisplay]);

  return (
    <>
      {!isRead && <FormulaSource source={source} />}
      <span
        ref={ref}
        tabIndex={tabIndex}
        className={isDisplay ? 'formula formula-display' : 'formula'}
        hidden={!isRead}
      >
        <span ref={place} />
      </span>
    </>
  );
});

function typeset(
  tex: string,
  { isDisplay, into }: { readonly isDisplay: boolean; readonly into: HTMLElement },
): boolean {
  if (tex.length > longestFormula) return false;
  try {
    katex.render(tex, into, {
      displayMode: isDisplay,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxSize: 20,
      maxExpand: 200,
    });
    return true;
  } catch {
    return false; // invalid or incomplete: the source is shown
  }
}
