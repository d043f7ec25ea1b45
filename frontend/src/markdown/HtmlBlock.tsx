// A block with some of the little HTML that a reply may use. Loaded with the first one. The tags are parsed as a browser
// would, and then sanitized: no attribute that a model chooses freely.
import { memo } from 'react';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize, { type Options as Schema } from 'rehype-sanitize';
import { allowedElements } from './allowed-elements.ts';
import { type BlockViewProps, drawBlock, type RehypePlugins } from './draw-block.tsx';

const schema: Schema = {
  tagNames: [...allowedElements],
  attributes: {
    a: ['href'],
    code: [['className', /^language-/], 'dataFormula'],
    details: ['open'],
    img: ['src', 'alt'],
    input: [['type', 'checkbox'], 'checked', ['disabled', true]],
    li: [['className', 'task-list-item']],
    ol: ['start'],
    sup: [['className', 'note']],
    td: ['align'],
    th: ['align'],
    ul: [['className', 'contains-task-list']],
  },
  strip: ['script', 'style'],
};

const plugins: RehypePlugins = [rehypeRaw, [rehypeSanitize, schema]];

/** Draws a block with the tags that plain-markdown.ts has kept. */
export const HtmlBlock = memo(function HtmlBlock(props: BlockViewProps) {
  return drawBlock(props, plugins);
});
