// A block that cannot be rendered as Markdown: its source, with a caption that states this.
import { useMessages } from '../../i18n/Language.tsx';
import type { Block } from '../blocks/blocks.ts';
import { cutTail, type Wake } from '../blocks/wake.ts';

interface SourceViewProps extends Pick<Block, 'text'>, Partial<Pick<Block, 'kind'>> {
  readonly wake?: Wake;
}

/** Renders the source of a block, in the element that its list or table requires. */
export function SourceView({ text, kind = 'flow', wake = 'none' }: SourceViewProps) {
  const messages = useMessages();
  const [words, tail] = wake === 'none' ? [text, ''] : cutTail(text.trimEnd());
  const source = (
    <figure className="source">
      <figcaption>{messages.shownAsSource}</figcaption>
      <p className="as-written" dir="auto">
        {words}
        {tail !== '' && (
          <span className="wake" data-wake={wake}>
            {tail}
          </span>
        )}
      </p>
    </figure>
  );
  if (kind === 'item') return <li>{source}</li>;
  if (kind !== 'table') return source;
  return (
    <tbody>
      <tr>
        <td>{source}</td>
      </tr>
    </tbody>
  );
}
