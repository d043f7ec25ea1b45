// The least that any rewriting server does: cuts the token out of each chunk by its bytes, and writes all that one
// read of the socket brought at once. It trusts the upstream's exact format; a product cannot.
import type { IncomingMessage, ServerResponse } from 'node:http';

const before = '"delta":{"content":"';
const after = '"},"logprobs"';

/** Writes the reply in `message` to `response`, rewritten, and ends it. */
export function rewrite(message: IncomingMessage, response: ServerResponse): void {
  let rest = '';
  let frames = '';
  let isDue = false;
  const flush = () => {
    isDue = false;
    if (frames !== '') response.write(frames);
    frames = '';
  };
  message.setEncoding('utf8');
  message.on('data', (text: string) => {
    const whole = rest + text;
    const lines = whole.split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) frames += frameOf(line);
    if (isDue) return;
    isDue = true;
    process.nextTick(flush); // after the last chunk of this read
  });
  message.on('end', () => {
    const last = frames;
    frames = '';
    response.end(`${last}data: {"done":true}\n\n`);
  });
  message.on('error', () => response.destroy());
  response.on('close', () => message.destroy());
}

function frameOf(line: string): string {
  const start = line.indexOf(before);
  const end = line.indexOf(after, start);
  if (start < 0 || end < 0) return '';
  return `data: {"content":"${line.slice(start + before.length, end)}","done":false}\n\n`;
}
