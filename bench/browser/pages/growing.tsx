// Markdown that grows by a few words a frame, drawn by whichever component a page is about.
import { type ComponentType, useEffect, useState } from 'react';
import { mount } from './mount.ts';
import { done, rendered, startsWith } from './page.ts';

const section = [
  '## A heading with `code`',
  'Some **bold** and *slanted* words, a [link](https://example.com) and so on, long enough to be a usual paragraph of a reply.',
  '- one point\n- another one\n- a third, with `code`',
  '| name | value |\n| --- | --- |\n| a | 1 |\n| b | 2 |',
  '```ts\nconst answer = 42;\nconsole.log(answer);\n```',
].join('\n\n');
const length = 50_000;
const step = 125;
const whole = Array.from({ length: Math.ceil(length / section.length) }, () => section)
  .join('\n\n')
  .slice(0, length);

/** Draws 50,000 characters, 125 more a frame. */
export function growWith(Markdown: ComponentType<{ text: string; isStreaming: boolean }>): void {
  mount(function Reply() {
    const [end, setEnd] = useState(0);
    rendered();
    useEffect(() => startsWith(() => setEnd(step)), []);
    useEffect(() => {
      if (end >= length) done();
      else if (end > 0) requestAnimationFrame(() => setEnd(end + step));
    }, [end]);
    return (
      <div id="text">
        <Markdown text={whole.slice(0, end)} isStreaming={end < length} />
      </div>
    );
  });
}
