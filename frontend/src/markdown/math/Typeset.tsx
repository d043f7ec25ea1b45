// Formulas typeset by KaTeX. Loaded only when a reply contains a formula. Creates elements, never HTML from a string;
// a formula cannot add links, load resources or run code, and its size and macro expansion are limited.
import katex from 'katex';
import 'katex/dist/katex.min.css';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { useScrollable } from '../views/useScrollable.ts';
import { FormulaSource, type TypesetProps } from './FormulaSource.tsx';

const longestFormula = 4_000;

/** Typesets a formula; shows its source if KaTeX cannot parse it. While it is open, the part that could be parsed last
 *  stays; before that, a formula in a line of text is not shown. */
export const Typeset = memo(function Typeset({ tex, isDisplay, source, isOpen }: TypesetProps) {
  const place = useRef<HTMLSpanElement>(null);
  const { ref, tabIndex } = useScrollable<HTMLSpanElement>();
  const [isRead, setRead] = useState(true);

  useLayoutEffect(() => {
    const { current } = place;
    if (current === null) return;
    const drawn = typeset(tex, isDisplay);
    if (drawn !== undefined) current.replaceChildren(drawn);
    setRead(drawn !== undefined || (isOpen && current.hasChildNodes()));
  }, [tex, isDisplay, isOpen]);

  return (
    <>
      {!isRead && (isDisplay || !isOpen) && <FormulaSource source={isOpen ? tex : source} />}
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

function typeset(tex: string, isDisplay: boolean): Element | undefined {
  if (tex.length > longestFormula) return undefined;
  try {
    const into = document.createElement('span');
    katex.render(tex, into, {
      displayMode: isDisplay,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxSize: 20,
      maxExpand: 200,
    });
    return into;
  } catch {
    return undefined; // invalid or incomplete
  }
}
