// Parses Server-Sent Events out of text that is cut anywhere: `id` and `data`, the two fields of this protocol. `TextDecoder`
// has removed the byte order mark before.

/** One block as it was sent. */
export interface SseBlock {
  /** Empty where the block has none. */
  readonly id: string;
  /** The values of its `data` lines, joined by line feeds; empty where it has none. A leading space is kept: JSON allows it. */
  readonly data: string;
}

/** Returns a function that takes the next piece of text and returns the blocks which it completes. Comments, other fields
 *  and blocks with neither id nor data are skipped. A carriage return counts as a line end once the next character is here. */
export function sseReader(): (text: string) => SseBlock[] {
  let rest = '';
  let id = '';
  let data = '';
  return (piece) => {
    const blocks: SseBlock[] = [];
    const text = (rest + piece).replace(/\r\n|\r(?!$)/g, '\n');
    let from = 0;
    for (let end = 0; ; from = end + 1) {
      end = text.indexOf('\n', from);
      if (end < 0) break;
      if (text.startsWith('data:', from)) data += (data && '\n') + text.slice(from + 5, end);
      if (text.startsWith('id:', from)) id = text.slice(from + 3, end).trim();
      if (end > from) continue;
      if (id || data) blocks.push({ id, data });
      id = data = '';
    }
    rest = text.slice(from);
    return blocks;
  };
}
