// A reply as its writer meant it: Markdown, drawn while it grows. The work follows what is new, not what is there.
import { memo, useState } from 'react';
import { endOf, split } from './blocks.ts';
import { SectionView } from './SectionView.tsx';
import { sectionsOf } from './sections.ts';
import type { Wake } from './wake.ts';

/** Is a Markdown text and how far it has come. */
export interface MarkdownProps {
  readonly text: string;
  /** More may come: what is half written at the end is drawn as if it were closed. */
  readonly isStreaming: boolean;
  /** How the wake runs under the last words. */
  readonly wake?: Wake;
}

/** Draws Markdown that nobody has to trust: no HTML, no scripts, links that show where they lead, pictures on demand. */
export const Markdown = memo(function Markdown({ text, isStreaming, wake = 'none' }: MarkdownProps) {
  const { blocks, definitions } = endOf(useSplit(text));
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

/** Cuts a text into blocks, going on from the text of the last render where it only grew. */
function useSplit(text: string) {
  const [state, setState] = useState(() => split(text));
  if (state.text === text) return state;
  const next = split(text, state);
  setState(next);
  return next;
}
