// A block with some of the HTML elements that a reply may use. Loaded with the first such block. The tags are parsed as
// a browser parses them and then sanitized, so that the model controls no attribute freely.
import { memo } from 'react';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize, { type Options as Schema } from 'rehype-sanitize';
import { allowedElements } from '../allowed-elements.ts';
import { type BlockViewProps, drawBlock, type RehypePlugins } from '../draw-block.tsx';

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

/** Renders a block with the tags that plain-markdown.ts keeps. */
export const HtmlBlock = memo(function HtmlBlock(props: BlockViewProps) {
  return drawBlock(props, plugins);
});
