// The text of a reply as Markdown; plain text while the Markdown component is loading.
import { type ComponentType, lazy, memo, Suspense } from 'react';
import type { Wake } from '../../markdown/blocks/wake.ts';
import { loadMarkdown } from '../../markdown/load-markdown.ts';
import type { MarkdownProps } from '../../markdown/Markdown.tsx';
import { usePaced } from './usePaced.ts';

const Markdown = lazy<ComponentType<MarkdownProps>>(() => loadMarkdown().catch(() => ({ default: AsWritten })));

interface ReplyTextProps {
  readonly text: string;
  readonly wake: Wake;
}

/** Renders the text of a reply. */
export const ReplyText = memo(function ReplyText(props: ReplyTextProps) {
  return (
    <div className="reply-text" data-testid="reply-text">
      <GrowingText {...props} />
    </div>
  );
});

/** Renders a text as Markdown; while it grows, only its last block is rendered again. */
export function GrowingText({ text, wake }: ReplyTextProps) {
  const shown = usePaced(text, wake !== 'none');
  const runs = wake === 'running' || shown !== text;
  return (
    <Suspense fallback={<AsWritten text={shown} />}>
      <Markdown text={shown} isStreaming={runs} wake={runs ? 'running' : wake} />
    </Suspense>
  );
}

function AsWritten({ text }: Pick<MarkdownProps, 'text'>) {
  return <p className="as-written">{text}</p>;
}
