// A reply as Markdown, rendered while it grows. The cost of an update is proportional to the new text, not to the whole
// reply.
import { memo, useState } from 'react';
import { finishSplit, split } from './blocks/blocks.ts';
import { sectionsOf } from './blocks/sections.ts';
import type { Wake } from './blocks/wake.ts';
import { SectionView } from './views/SectionView.tsx';

/** Props of {@link Markdown}. */
export interface MarkdownProps {
  readonly text: string;
  /** Whether more text may follow; incomplete syntax at the end is then rendered as if it were closed. */
  readonly isStreaming: boolean;
  /** The state of the wake: the line under the last words. */
  readonly wake?: Wake;
}

/** Renders untrusted Markdown: allowed HTML elements only, no scripts, links with a visible destination, and pictures
 *  that load on demand. */
export const Markdown = memo(function Markdown({ text, isStreaming, wake = 'none' }: MarkdownProps) {
  const { blocks, definitions } = finishSplit(useSplit(text));
  const sections = sectionsOf(blocks);
  const last = sections.at(-1);

  return (
    <div className="markdown">
      {sections.map((section) => (
        <SectionView
          key={section.from}
          section={section}
          definitions={definitions}
          isOpen={isStreaming && section === last}
          wake={section === last ? wake : 'none'}
        />
      ))}
    </div>
  );
});

/** Splits a text into blocks; continues from the previous render if the text was only appended to. */
function useSplit(text: string) {
  const [state, setState] = useState(() => split(text));
  if (state.text === text) return state;
  const next = split(text, state);
  setState(next);
  return next;
}
