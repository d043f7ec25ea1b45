// A model provider for tests: a real OpenAI-compatible HTTP server with scripted responses. It records every request,
// and when a client disconnects before its response is finished.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProviderScript, ReceivedRequest } from './provider-script.ts';
import { providerScripts } from './provider-scripts.ts';

/** A running provider. */
export interface Provider {
  /** Base URL, ending in `/v1`: a value for `ai_api_url`. */
  readonly url: string;
  /** All requests so far, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Sets the script for the following requests. */
  respond(script: ProviderScript): void;
  /** Resolves with the `count`th request (1 is the first) as soon as it arrives. */
  received(count?: number): Promise<ReceivedRequest>;
  stop(): Promise<void>;
}

/** Starts a provider on a free port of loopback. Its default reply is "Hello world". */
export async function startProvider(): Promise<Provider> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  let script: ProviderScript = providerScripts.reply(['Hello', ' world']);

  const server = createServer(async (message, response) => {
    const closed = closedEarly(response);
    const request = { ...(await receive(message)), closed };
    requests.push(request);
    for (const wake of waiting) wake();
    await script(request, response);
  });
  server.on('connection', (socket) => socket.setNoDelay(true));
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    respond: (next) => {
      script = next;
    },
    received: async (count = 1) => {
      for (;;) {
        const request = requests[count - 1];
        if (request !== undefined) return request;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    stop: () => stop(server),
  };
}

function closedEarly(response: ServerResponse): Promise<{ at: number }> {
  const { promise, resolve } = Promise.withResolvers<{ at: number }>();
  response.on('close', () => {
    if (!response.writableFinished) resolve({ at: Date.now() });
  });
  return promise;
}

async function receive(message: IncomingMessage): Promise<Omit<ReceivedRequest, 'closed'>> {
  message.setEncoding('utf8');
  let text = '';
  for await (const piece of message) text += piece;
  return { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
