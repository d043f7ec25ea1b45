// The words of a reply: paragraphs and fenced code. Whatever the model writes stays text.
import { memo, useMemo } from 'react';
import { type Block, blocksOf, cutTail } from '../conversation/blocks.ts';
import { useMessages } from '../i18n/Language.tsx';

/** How the wake runs under the last words: on while they come, then settling; none on a reply that was only loaded. */
type Wake = 'running' | 'settling' | 'none';

interface ReplyTextProps {
  readonly text: string;
  readonly wake: Wake;
}

/** Draws a reply; while it grows, only its last block is drawn again. */
export const ReplyText = memo(function ReplyText({ text, wake }: ReplyTextProps) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className="reply-text" data-testid="reply-text">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a reply only grows at its end, so a block keeps its index
        <BlockView key={index} {...block} wake={index === blocks.length - 1 ? wake : 'none'} />
      ))}
    </div>
  );
});

const BlockView = memo(function BlockView({ wake, ...block }: Block & { readonly wake: Wake }) {
  const messages = useMessages();
  if (block.kind === 'paragraph') {
    return (
      <p>
        <Words text={block.text} wake={wake} />
      </p>
    );
  }
  return (
    <figure className="code">
      <figcaption>{block.language || messages.code}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and must do so by keyboard too */}
      <pre tabIndex={0}>
        <code>
          <Words text={block.text} wake={wake} />
        </code>
      </pre>
    </figure>
  );
});

function Words({ text, wake }: ReplyTextProps) {
  if (wake === 'none') return text;
  const [head, tail] = cutTail(text);
  return (
    <>
      {head}
      <span className="wake" data-wake={wake}>
        {tail}
      </span>
    </>
  );
}
