// Renders the Markdown of one block as React elements.
import toElements, { type Options } from 'react-markdown';
import remarkCjkFriendly from 'remark-cjk-friendly';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { allowedElements } from './allowed-elements.ts';
import type { Block } from './blocks/blocks.ts';
import { remarkPlain } from './blocks/plain-markdown.ts';
import { rehypeItems, rehypeRows } from './blocks/unwrapped.ts';
import { rehypeWake, type Wake } from './blocks/wake.ts';
import { elements } from './elements.tsx';
import { closeFormula, endsInFormula } from './math/formula.ts';
import { remarkMath } from './math/math-syntax.ts';
import { rehypeOpenFormula } from './math/open-formula.ts';
import { linkTarget, pictureTarget } from './targets.ts';
import { SourceView } from './views/SourceView.tsx';

/** Props of a block view. The block is passed as primitive properties, so that an unchanged block is not rendered
 *  again. */
export interface BlockViewProps extends Pick<Block, 'kind' | 'text' | 'head' | 'strip'> {
  /** The definitions that the block refers to, as Markdown. */
  readonly definitions: string;
  /** Whether more text may follow. */
  readonly isOpen: boolean;
  readonly wake: Wake;
}

/** Plugins for rehype. */
export type RehypePlugins = NonNullable<Options['rehypePlugins']>;

/** Renders a block, or its source if that fails. The plugins in `first` run before all others. */
export function drawBlock(props: BlockViewProps, first: RehypePlugins = []): React.JSX.Element {
  try {
    return toElements({
      remarkPlugins,
      rehypePlugins: rehypePlugins(props, first),
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
}

const remarkPlugins: Options['remarkPlugins'] = [
  [remarkGfm, { singleTilde: false }],
  remarkCjkFriendly,
  remarkMath,
  remarkPlain,
];

function rehypePlugins({ kind, text, head, strip, isOpen, wake }: BlockViewProps, first: RehypePlugins): RehypePlugins {
  const plugins: RehypePlugins = [...first];
  if (kind === 'item') plugins.push([rehypeItems, { isMore: strip > 0 }]);
  if (kind === 'table') plugins.push([rehypeRows, { isMore: head !== '' }]);
  if (isOpen && endsInFormula(text)) plugins.push(rehypeOpenFormula);
  if (wake !== 'none') plugins.push([rehypeWake, { wake }]);
  return plugins;
}

/** Returns the Markdown to parse; incomplete syntax at the end of an open block is closed temporarily. */
function sourceOf({ text, head, strip, definitions, isOpen }: BlockViewProps): string {
  const flush = strip === 0 ? text : text.replaceAll(new RegExp(`^ {1,${strip}}`, 'gm'), '');
  return definitions + head + (isOpen ? closedForNow(flush) : flush);
}

/** Closes incomplete syntax at the end of a growing text, and omits marks that have no text yet. */
function closedForNow(text: string): string {
  const closed = closeFormula(text.replace(/(^|\s)[*_~]{1,3}$/, '$1'));
  // Asterisks before a space do not open emphasis: `2 ** 3`.
  if (/\*\*\s[^*]*$/.test(closed) && !/\*\*\S/.test(closed)) return closed;
  return remend(closed, { linkMode: 'text-only', katex: false });
}

function safeAddress(address: string, attribute: string): string {
  return (attribute === 'src' ? pictureTarget(address) : linkTarget(address))?.href ?? '';
}
