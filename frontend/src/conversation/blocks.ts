// Cuts a reply into paragraphs and fenced code, so that only its last block changes while it grows.
import { isInsidePair } from '@sillage/protocol';

/** Is one part of a reply, in order. Blank lines between paragraphs are in none of them. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string; readonly language: string };

/** Cuts `text` into blocks. A fence that is still open is code to the end. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: { readonly mark: string; readonly language: string } | undefined;

  const closeParagraph = () => {
    if (lines.length > 0) blocks.push({ kind: 'paragraph', text: lines.join('\n') });
    lines = [];
  };
  const closeCode = (language: string) => {
    blocks.push({ kind: 'code', text: lines.join('\n'), language });
    lines = [];
  };

  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})\s*([^`\s]*)[^`]*$/.exec(line);
    if (fence !== undefined) {
      if (mark?.[1]?.startsWith(fence.mark) && mark[2] === '') {
        closeCode(fence.language);
        fence = undefined;
      } else lines.push(line);
    } else if (mark?.[1] !== undefined) {
      closeParagraph();
      fence = { mark: mark[1], language: mark[2] ?? '' };
    } else if (line.trim() === '') closeParagraph();
    else lines.push(line);
  }
  if (fence === undefined) closeParagraph();
  else closeCode(fence.language);
  return blocks;
}

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
