// Serves the pages and the replies that they request: the same tokens at the same times for all pages, one event each,
// in Sillage's frames or as a UI message stream.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { formatEventId, headers, routes } from '@sillage/protocol';
import { plainToken, scriptIn } from '../upstream/script.ts';

/** One wire format of a reply. */
interface WireFormat {
  readonly headers: Record<string, string>;
  readonly begin: string;
  token(offset: number): string;
  end(offset: number): string;
}

const streamId = '01BENCH';
const sse = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform' };
const wireFormats: Record<string, WireFormat> = {
  [routes.stream]: {
    headers: { ...sse, [headers.streamId]: streamId },
    begin: `${idLine(0)}\n`,
    token: (offset) => `${idLine(offset)}data: ${JSON.stringify({ content: plainToken, done: false })}\n\n`,
    end: (offset) => `${idLine(offset + 1)}data: {"done":true,"finishReason":"stop"}\n\n`,
  },
  '/api/chat': {
    headers: { ...sse, 'x-vercel-ai-ui-message-stream': 'v1' },
    begin: uiEvents({ type: 'start' }, { type: 'start-step' }, { type: 'text-start', id: '0' }),
    token: () => uiEvents({ type: 'text-delta', id: '0', delta: plainToken }),
    end: () =>
      `${uiEvents({ type: 'text-end', id: '0' }, { type: 'finish-step' }, { type: 'finish' })}data: [DONE]\n\n`,
  },
};

/** Starts the server. `scripts` holds the script of each page by name. Returns the origin and a function that closes it. */
export async function servePages(scripts: ReadonlyMap<string, string>) {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const wireFormat = wireFormats[path];
    if (wireFormat) return void sendReply(request, response, wireFormat);
    const script = scripts.get(path.slice(1).replace(/\.js$/, ''));
    const isScript = path.endsWith('.js');
    response.writeHead(script === undefined ? 404 : 200, {
      'Content-Type': isScript ? 'text/javascript' : 'text/html',
    });
    response.end(isScript ? script : shellOf(path));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function sendReply(request: IncomingMessage, response: ServerResponse, wireFormat: WireFormat): Promise<void> {
  const { tokens, rate } = scriptIn((await request.setEncoding('utf8').toArray()).join(''));
  response.writeHead(200, wireFormat.headers);
  response.write(wireFormat.begin);
  const began = performance.now();
  for (let sent = 0; sent < tokens; ) {
    const due = rate === 0 ? tokens : Math.min(tokens, Math.ceil(((performance.now() - began) / 1000) * rate));
    for (; sent < due; sent++) response.write(wireFormat.token((sent + 1) * plainToken.length));
    if (sent < tokens) await delay(1000 / rate);
  }
  response.end(wireFormat.end(tokens * plainToken.length));
}

function idLine(offset: number): string {
  return `id: ${formatEventId({ streamId, offset })}\n`;
}

function uiEvents(...events: object[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}

function shellOf(path: string): string {
  const style = 'pre { white-space: pre-wrap; width: 40rem; font: 16px sans-serif } .section { isolation: isolate }';
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><div id="root"></div><script type="module" src="${path}.js"></script>`;
}
