// Valid and invalid responses of the test provider. Each is a script for `provider.respond(...)`.
import type { ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ProviderScript } from './provider-script.ts';

/** Shape of a reply: a finish reason of `null` sends none, `usage: false` no usage chunk, `done: false` no `[DONE]`. */
export interface ReplyShape {
  readonly finishReason?: string | null;
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | false;
  readonly done?: boolean;
  /** Pause before each delta. */
  readonly throttleMs?: number;
  /** Called before each delta with its index; the delta waits for the promise. */
  readonly beforeDelta?: (index: number) => Promise<unknown> | undefined;
}

/** Builds the SSE block of one chunk in OpenAI's format. */
export function providerChunk(delta: Readonly<Record<string, unknown>>, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return dataOf({ ...chunkHead, choices, usage: null });
}

/** Scripts of the test provider. `deltas` are texts, one chunk each. */
export const providerScripts = {
  /** Sends a complete reply: a role chunk, the deltas, the finish reason, the usage, `[DONE]`. */
  reply(deltas: readonly string[], shape: ReplyShape = {}): ProviderScript {
    const { finishReason = 'stop', usage = usageOf(deltas), done = true, throttleMs, beforeDelta } = shape;
    return async (_request, response) => {
      openStream(response);
      response.write(providerChunk({ role: 'assistant', content: '' }));
      for (const [index, content] of deltas.entries()) {
        if (throttleMs !== undefined) await setTimeout(throttleMs);
        await beforeDelta?.(index);
        if (response.destroyed) return;
        response.write(providerChunk({ content }));
      }
      if (finishReason !== null) response.write(providerChunk({}, finishReason));
      if (usage) response.write(dataOf({ ...chunkHead, choices: [], usage }));
      response.end(done ? 'data: [DONE]\n\n' : undefined);
    };
  },

  hangBeforeHeaders: (): ProviderScript => () => undefined,

  hangAfterHeaders: (): ProviderScript => (_request, response) => openStream(response),

  /** Sends the deltas, then nothing more, and keeps the connection open. */
  stallAfter: (deltas: readonly string[]): ProviderScript => raw(deltas.map(blockOf), { end: false }),

  /** Sends the deltas, then resets the connection (RST). */
  resetAfter: (deltas: readonly string[]): ProviderScript => raw(deltas.map(blockOf), { end: 'reset' }),

  /** Sends the deltas, then ends the body without a finish reason or `[DONE]`. */
  endAfter: (deltas: readonly string[]): ProviderScript => raw(deltas.map(blockOf)),

  /** Closes the connection without a response. */
  hangUp: (): ProviderScript => (_request, response) => void response.socket?.destroy(),

  /** Responds with a status: JSON for an object, HTML for a string. */
  status(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): ProviderScript {
    const isHtml = typeof body === 'string';
    return (_request, response) => {
      response.writeHead(status, { 'content-type': isHtml ? 'text/html' : 'application/json', ...headers });
      response.end(isHtml ? body : JSON.stringify(body));
    };
  },

  /** Sends the deltas, then an error chunk. */
  errorAfter: (deltas: readonly string[], error: unknown): ProviderScript =>
    raw([...deltas.map(blockOf), dataOf({ error }), 'data: [DONE]\n\n']),

  /** Sends the deltas, then a chunk that is not JSON. */
  malformedAfter: (deltas: readonly string[]): ProviderScript =>
    raw([...deltas.map(blockOf), 'data: {"choices":[{"del\n\n', 'data: [DONE]\n\n']),

  raw,

  /** Uses one script for the first `times` requests and another for the following ones. */
  failing(times: number, failure: ProviderScript, success: ProviderScript): ProviderScript {
    let left = times;
    return (request, response) => (left-- > 0 ? failure : success)(request, response);
  },
};

/** Sends an event stream of exactly these pieces, one write each; `end: false` leaves it open. */
function raw(
  pieces: ReadonlyArray<string | Uint8Array>,
  { end = true }: { readonly end?: boolean | 'reset' } = {},
): ProviderScript {
  return async (_request, response) => {
    openStream(response);
    for (const piece of pieces) {
      if (response.destroyed) return;
      await new Promise((resolve) => response.write(piece, resolve));
      await setImmediate();
    }
    if (end === 'reset') response.socket?.resetAndDestroy();
    else if (end) response.end();
  };
}

const chunkHead = {
  id: 'chatcmpl-CfB1xPq8mWvT2nKzR5yLdJ0hGsA7u',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'gpt-3.5-turbo-0125',
  system_fingerprint: 'fp_7a1b2c3d4e',
};

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

function blockOf(content: string): string {
  return providerChunk({ content });
}

function dataOf(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function usageOf(deltas: readonly string[]) {
  return { prompt_tokens: 9, completion_tokens: deltas.length };
}
