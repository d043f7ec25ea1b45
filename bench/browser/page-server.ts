// Serves the pages and the replies that they request: the same tokens at the same times for all pages, one event each,
// in Sillage's frames or as a UI message stream.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { formatEventId, headers, routes } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import react from '@vitejs/plugin-react';
import { build, defaultClientConditions, type InlineConfig, type Plugin, type PreviewServer, preview } from 'vite';
import { plainToken, scriptIn } from '../upstream/script.ts';

/** One wire format of a reply. */
interface WireFormat {
  readonly headers: Record<string, string>;
  readonly begin: string;
  token(offset: number): string;
  end(offset: number): string;
}

const streamId = '01BENCH';
const idLine = (offset: number) => `id: ${formatEventId({ streamId, offset })}\n`;
const dataOf = (...events: object[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const id = '0';
const wireFormats: Record<string, WireFormat> = {
  [routes.stream]: {
    headers: { [headers.streamId]: streamId },
    begin: `${idLine(0)}\n`,
    token: (offset) => `${idLine(offset)}${dataOf({ content: plainToken, done: false })}`,
    end: (offset) => `${idLine(offset + 1)}${dataOf({ done: true, finishReason: 'stop' })}`,
  },
  '/api/chat': {
    headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
    begin: dataOf({ type: 'start' }, { type: 'start-step' }, { type: 'text-start', id }),
    token: () => dataOf({ type: 'text-delta', id, delta: plainToken }),
    end: () => `${dataOf({ type: 'text-end', id }, { type: 'finish-step' }, { type: 'finish' })}data: [DONE]\n\n`,
  },
};

/** Builds every page as a product would, and starts the server. The caller closes it. The page `name` is at `/#name`. */
export async function servePages(): Promise<PreviewServer> {
  const options: InlineConfig = {
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    resolve: { conditions: ['@sillage/source', ...defaultClientConditions] },
    build: { outDir: tempFolder(), emptyOutDir: true, modulePreload: false, chunkSizeWarningLimit: 10_000 },
  };
  await build({ ...options, plugins: [react()] });
  const replies: Plugin = {
    name: 'replies',
    configurePreviewServer: ({ middlewares }) => {
      for (const [path, format] of Object.entries(wireFormats))
        middlewares.use(path, (request, response) => void sendReply(request, response, format));
    },
  };
  return await preview({ ...options, plugins: [replies], preview: { host: '127.0.0.1' } });
}

async function sendReply(request: IncomingMessage, response: ServerResponse, format: WireFormat): Promise<void> {
  const { tokens, rate } = scriptIn(await text(request));
  const sse = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform' };
  response.writeHead(200, { ...sse, ...format.headers });
  response.write(format.begin);
  const began = performance.now();
  for (let sent = 0; sent < tokens; ) {
    const due = rate === 0 ? tokens : Math.min(tokens, Math.ceil(((performance.now() - began) / 1000) * rate));
    for (; sent < due; sent++) response.write(format.token((sent + 1) * plainToken.length));
    if (sent < tokens) await delay(1000 / rate);
  }
  response.end(format.end(tokens * plainToken.length));
}
