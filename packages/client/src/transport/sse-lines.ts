// Parses Server-Sent Events out of text that is cut anywhere: `id` and `data`, the two fields of this protocol. The byte
// order mark is removed by whoever decodes the bytes, as `TextDecoder` does.

/** One block as it was sent; each line of `data` begins with a line feed, which JSON allows. */
export interface SseBlock {
  /** Empty where the block has none. */
  readonly id: string;
  /** Empty where the block has none. */
  readonly data: string;
}

/** Returns a function that takes the next piece of text and returns the blocks which it completes. Comments, other fields
 *  and blocks with neither id nor data are skipped. A carriage return counts as a line end once the next character is here. */
export function sseReader(): (text: string) => SseBlock[] {
  let rest = '';
  let id = '';
  let data = '';
  return (text) => {
    const blocks: SseBlock[] = [];
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data += `\n${line.slice(5)}`;
      else if (line.startsWith('id:')) id = line.slice(3).trim();
      else if (line === '') {
        if (id || data) blocks.push({ id, data });
        id = data = '';
      }
    }
    return blocks;
  };
}
