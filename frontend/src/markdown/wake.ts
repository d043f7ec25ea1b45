// The wake: a line under the last words of a reply that is under way.
import { isInsidePair } from '@sillage/protocol';
import type { Element, ElementContent, Root } from 'hast';

/** How the wake runs under the last words: on while they come, then settling; none on a reply that was only loaded. */
export type Wake = 'running' | 'settling' | 'none';

/** Cuts off the last words of a text, about `length` UTF-16 units: where the wake runs. */
export function cutTail(text: string, length = 36): readonly [head: string, tail: string] {
  if (text.length <= length) return ['', text];
  const wished = text.length - length;
  const space = text.lastIndexOf(' ', wished);
  // No space near: a short text runs whole, a long word (or a script without spaces) is cut where it was wished.
  const cut = wished - space <= length ? space + 1 : wished;
  const whole = isInsidePair(text, cut) ? cut + 1 : cut;
  return [text.slice(0, whole), text.slice(whole)];
}

/** Puts the wake under the last words of a tree; a code block is only told of it. */
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
