// The openai SDK makes the request, over node:http instead of the built-in fetch; the reply is the minimal rewrite.
// What the SDK itself costs, and nothing more: nothing is kept.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import OpenAI from 'openai';
import { serve, upstreamUrl } from './listening.ts';
import { rewrite } from './rewriting.ts';

const agent = new Agent({ keepAlive: true });
const messages = new WeakMap<Response, IncomingMessage>();
const client = new OpenAI({ apiKey: 'none', baseURL: upstreamUrl, fetch: fetchOverHttp });

serve(createServer((request, response) => void reply(request, response)));

async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { message: content } = (await json(request)) as { message: string };
  const sdkResponse = await client.chat.completions
    .create({ model: 'bench', messages: [{ role: 'user', content }], stream: true })
    .asResponse();
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  const message = messages.get(sdkResponse);
  if (message) rewrite(message, response);
}

/** Keeps the body aside: it never becomes a web stream. */
function fetchOverHttp(url: string | URL | Request, { method = 'GET', headers, body }: RequestInit = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = httpRequest(
    String(url),
    { method, agent, headers: Object.fromEntries(new Headers(headers)) },
    (message) => {
      const response = new Response(null, { status: message.statusCode ?? 0 });
      messages.set(response, message);
      resolve(response);
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}
