// The wake: the line under the last words of a reply that is being streamed.
import { isInsidePair } from '@sillage/protocol';
import type { Element, ElementContent, Root } from 'hast';

/** State of the wake: `running` while text arrives, then `settling`; `none` for a reply loaded from storage. */
export type Wake = 'running' | 'settling' | 'none';

/** Splits off the last words of a text, about `length` UTF-16 units, which carry the wake. */
export function cutTail(text: string, length = 36): readonly [head: string, tail: string] {
  if (text.length <= length) return ['', text];
  const wished = text.length - length;
  const space = text.lastIndexOf(' ', wished);
  // Without a space nearby, the tail is the whole of a short text; a long word or a script without spaces is cut.
  const cut = wished - space <= length ? space + 1 : wished;
  const whole = isInsidePair(text, cut) ? cut + 1 : cut;
  return [text.slice(0, whole), text.slice(whole)];
}

/** Rehype plugin that marks the last words of a tree with the wake; a code block gets it as a property. */
export function rehypeWake({ wake }: { readonly wake: Wake }): (tree: Root) => void {
  return (tree) => void mark(tree, wake);
}

function mark(parent: Root | Element, wake: Wake): boolean {
  for (let index = parent.children.length - 1; index >= 0; index--) {
    const child = parent.children[index];
    if (child?.type === 'element') {
      if (child.tagName === 'pre') child.properties.dataWake = wake;
      if (child.tagName === 'pre' || mark(child, wake)) return true;
    } else if (child?.type === 'text' && child.value.trim() !== '') {
      parent.children.splice(index, 1, ...marked(child.value, wake));
      return true;
    }
  }
  return false;
}

function marked(text: string, wake: Wake): ElementContent[] {
  const [head, tail] = cutTail(text);
  const properties = { className: ['wake'], dataWake: wake };
  const span: Element = { type: 'element', tagName: 'span', properties, children: [{ type: 'text', value: tail }] };
  return head === '' ? [span] : [{ type: 'text', value: head }, span];
}
