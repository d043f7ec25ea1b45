// The default model while none is configured: an OpenAI-compatible server on loopback, so that the complete path of a
// reply works without a provider. Its replies state that it is a demo.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { demoAnswer } from './demo-answers.ts';

/** Name of the demo model. */
const demoModelName = 'demo';

/** A running demo model. `url` is a value for `ai_api_url`. */
export interface DemoModel {
  readonly url: string;
  close(): Promise<void>;
}

const firstTokenMs = 300;
const tokensPerSecond = 45;
const bodyLimit = 64 * 1024 * 1024;

/** Starts the demo model on a free port of loopback. `pace` multiplies every delay; 0 removes them. */
export async function startDemoModel({ pace = 1 }: { pace?: number } = {}): Promise<DemoModel> {
  const server = createServer((request, response) => {
    answer(request, response, pace).catch(() => response.destroy()); // the client has disconnected
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, pace: number): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method === 'GET' && path === '/v1/models') {
    return sendJson(response, 200, {
      object: 'list',
      data: [{ id: demoModelName, object: 'model', owned_by: 'sillage' }],
    });
  }
  if (request.method !== 'POST' || path !== '/v1/chat/completions') return sendError(response, 404, 'Not found.');
  const question = parsed(await textOf(request));
  if (question === undefined) return sendError(response, 400, 'The body is no JSON object.');
  const reply = replyTo(question);
  if (question.stream !== true) return sendJson(response, 200, completionOf(reply));
  await stream(response, reply, { pace, withUsage: fieldsOf(question.stream_options).include_usage === true });
}

interface Reply {
  readonly tokens: readonly string[];
  readonly finishReason: 'stop' | 'length';
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

type Fields = Readonly<Record<string, unknown>>;

function replyTo({ messages, max_tokens, max_completion_tokens }: Fields): Reply {
  const turns = (Array.isArray(messages) ? messages : []).map(fieldsOf);
  const prompt = turns.findLast(({ role }) => role === 'user')?.content;
  const all = tokensOf(demoAnswer(contentOf(prompt)));
  const limit = [max_completion_tokens, max_tokens].find((bound) => typeof bound === 'number') ?? all.length;
  const tokens = all.slice(0, limit);
  const promptTokens = turns.reduce((sum, { content }) => sum + tokensOf(contentOf(content)).length + 4, 0);
  return {
    tokens,
    finishReason: tokens.length < all.length ? 'length' : 'stop',
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: tokens.length,
      total_tokens: promptTokens + tokens.length,
    },
  };
}

async function stream(
  response: ServerResponse,
  reply: Reply,
  { pace, withUsage }: { pace: number; withUsage: boolean },
) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const head = { ...headOf(), object: 'chat.completion.chunk' };
  const send = async (fields: object) => {
    // Written as bytes: Node 26 loses the `drain` event of strings with non-ASCII characters.
    if (!response.write(Buffer.from(`data: ${JSON.stringify({ ...head, ...fields })}\n\n`))) {
      await once(response, 'drain', { signal: gone.signal });
    }
  };
  const choice = (delta: object, reason: string | null = null) => [{ index: 0, delta, finish_reason: reason }];

  if (pace > 0) await delay(firstTokenMs * pace, undefined, { signal: gone.signal });
  await send({ choices: choice({ role: 'assistant', content: '' }) });
  for (const [i, content] of reply.tokens.entries()) {
    await send({ choices: choice({ content }) });
    if (pace > 0) await delay(pauseAfter(i, content) * pace, undefined, { signal: gone.signal });
  }
  await send({ choices: choice({}, reply.finishReason) });
  if (withUsage) await send({ choices: [], usage: reply.usage });
  response.end('data: [DONE]\n\n');
}

/** Returns the delay before a token. It varies like that of a real model, but deterministically: a wave over the
 *  tokens, and a pause after each sentence. */
function pauseAfter(i: number, token: string): number {
  const wave = 1 + 0.35 * Math.sin(i / 3) + 0.25 * Math.sin(i * 1.7);
  return (1000 / tokensPerSecond) * wave + (/[.!?:]\s*$/.test(token) ? 20 : 0);
}

/** Splits text roughly like a tokenizer. The pieces joined are the text. */
function tokensOf(text: string): string[] {
  return (
    text.match(
      /\s+(?:[\p{L}\p{N}\p{M}]{1,7}|[^\s\p{L}\p{N}\p{M}]{1,3})?|[\p{L}\p{N}\p{M}]{1,7}|[^\s\p{L}\p{N}\p{M}]{1,3}/gu,
    ) ?? []
  );
}

function completionOf({ tokens, finishReason, usage }: Reply) {
  const message = { role: 'assistant', content: tokens.join(''), refusal: null };
  return {
    ...headOf(),
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finishReason }],
    usage,
  };
}

function headOf() {
  return {
    id: `chatcmpl-demo-${Date.now().toString(36)}`,
    created: Math.floor(Date.now() / 1000),
    model: demoModelName,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece;
    if (text.length > bodyLimit) throw new RangeError('The request is too large.');
  }
  return text;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function contentOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => fieldsOf(part).text ?? '').join(' ');
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } });
}
