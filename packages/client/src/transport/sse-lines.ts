// Reads Server-Sent Events out of text that is cut anywhere: `id` and `data`, the two fields of this protocol.
// Whoever decodes the bytes takes the byte order mark off, as `TextDecoder` does.

/** Is one event as it was sent; lines of `data` begin with a line feed each, which JSON does not mind. */
export interface SseBlock {
  readonly id: string;
  readonly data: string;
}

/** Gives a function that takes the next piece of text and gives back the events which it completes. Blocks without data,
 *  comments and other fields are passed over. A carriage return counts as a line end once the next character is here. */
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
        if (data) blocks.push({ id, data });
        id = data = '';
      }
    }
    return blocks;
  };
}
