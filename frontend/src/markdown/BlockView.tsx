// One block of a reply. Parsed once when it is closed, and for each of its changes while it is open.
import { memo } from 'react';
import toElements, { type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import type { Block } from './blocks.ts';
import { CodeBlock } from './CodeBlock.tsx';
import { isTooComplex } from './complexity.ts';
import { allowedElements, elements } from './elements.tsx';
import { fenceOf } from './fence.ts';
import { remarkPlain } from './plain-markdown.ts';
import { SourceView } from './SourceView.tsx';
import { linkTarget, pictureTarget } from './targets.ts';
import { rehypeItems, rehypeRows } from './unwrapped.ts';
import { rehypeWake, type Wake } from './wake.ts';

// Primitive properties only: a block whose words did not change is not drawn again.
interface BlockViewProps extends Pick<Block, 'kind' | 'text' | 'head' | 'strip'> {
  /** The definitions that the block refers to, as Markdown. */
  readonly definitions: string;
  /** More of it may come. */
  readonly isOpen: boolean;
  readonly wake: Wake;
}

/** Draws one block. */
export const BlockView = memo(function BlockView(props: BlockViewProps) {
  const { kind, text, head, isOpen, wake } = props;
  if (kind === 'fence') return <CodeBlock {...fenceOf(text)} isOpen={isOpen} wake={wake} />;
  if (isTooComplex(head + text)) return <SourceView {...props} />;
  try {
    return toElements({
      remarkPlugins,
      rehypePlugins: rehypePlugins(props),
      allowedElements,
      unwrapDisallowed: true,
      skipHtml: true,
      urlTransform: safeAddress,
      components: elements,
      children: sourceOf(props),
    });
  } catch (error) {
    console.warn('A block of a reply cannot be drawn, and is shown as its source:', error);
    return <SourceView {...props} />;
  }
});

const remarkPlugins: Options['remarkPlugins'] = [[remarkGfm, { singleTilde: false }], remarkPlain];

function rehypePlugins({ kind, head, strip, wake }: BlockViewProps): Options['rehypePlugins'] {
  const plugins: NonNullable<Options['rehypePlugins']> = [];
  if (kind === 'item') plugins.push([rehypeItems, { isMore: strip > 0 }]);
  if (kind === 'table') plugins.push([rehypeRows, { isMore: head !== '' }]);
  if (wake !== 'none') plugins.push([rehypeWake, { wake }]);
  return plugins;
}

/** Returns what is parsed: of an open block with what is half written closed for now. */
function sourceOf({ text, head, strip, definitions, isOpen }: BlockViewProps): string {
  const flush = strip === 0 ? text : text.replaceAll(new RegExp(`^ {1,${strip}}`, 'gm'), '');
  return definitions + head + (isOpen ? remend(flush, { linkMode: 'text-only' }) : flush);
}

function safeAddress(address: string, attribute: string): string {
  return (attribute === 'src' ? pictureTarget(address) : linkTarget(address))?.href ?? '';
}
