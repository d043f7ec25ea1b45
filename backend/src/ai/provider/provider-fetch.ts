// The `fetch` that the OpenAI SDK asks with, over node:http. The body of a good answer never becomes a web stream:
// it is kept aside as a ProviderBody. A bad answer's body is short text, which the SDK makes an error of.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ProviderBody } from './provider-body.ts';
import { failureOf } from './provider-errors.ts';
import { isWorthRetrying } from './retry-delay.ts';

const errorTextLimit = 64 * 1024;

/** Holds what a transport must know. */
export interface ProviderTransportOptions {
  /** A provider that asks for a longer pause before a retry is not asked again, in ms. */
  readonly longestRetryMs: number;
}

/** Opens connections to a provider, and keeps them for the next request. Whoever made it closes it. */
export class ProviderTransport {
  readonly #options: ProviderTransportOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });
  readonly #bodies = new WeakMap<Response, ProviderBody>();

  constructor(options: ProviderTransportOptions) {
    this.#options = options;
  }

  /** Asks as the platform's `fetch` does, for what the SDK needs of it: text bodies, `signal`, no redirects.
   *  @throws {TypeError} `fetch failed`, with the fault as `cause`; an `AbortError` when the signal was aborted. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const message = await this.#send(new URL(input instanceof Request ? input.url : input), init);
    const status = message.statusCode ?? 0;
    if (status < 200 || status > 299) return this.#badResponse(message, status);
    const response = new Response(null, { status, headers: headersOf(message) });
    this.#bodies.set(response, new ProviderBody(message));
    return response;
  };

  /** Returns the body of a good response; the caller closes or releases it. */
  bodyOf(response: Response): ProviderBody {
    const body = this.#bodies.get(response);
    if (body === undefined) throw new TypeError('The response is not one of this transport.');
    return body;
  }

  /** Closes every connection, those in use too. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #send(url: URL, { method = 'GET', headers, body, signal }: RequestInit): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      headers: outgoing(headers),
      agent: isSecure ? this.#https : this.#http,
      ...(signal && { signal }),
    });
    request.on('response', resolve);
    const fail = (cause: Error) => reject(signal?.aborted ? cause : new TypeError('fetch failed', { cause }));
    request.on('error', fail);
    request.on('close', () => fail(new Error('The connection was closed without a response.')));
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      fail(failureOf('provider-bad-response', { cause: new Error(`${statusCode} without having asked for it`) }));
    });
    request.end(typeof body === 'string' ? body : undefined);
    return promise;
  }

  /** The SDK keeps of an error no more than its `error`: what stands beside that goes in there too. */
  async #badResponse(message: IncomingMessage, status: number): Promise<Response> {
    const text = await textOf(message);
    const headers = headersOf(message);
    const hasMoney = !text.includes('insufficient_quota'); // no delay brings any
    const isWorthwhile = hasMoney && isWorthRetrying(status, headers, this.#options.longestRetryMs);
    headers.set('x-should-retry', String(isWorthwhile));
    return new Response(status === 304 ? null : JSON.stringify({ error: parsedOrText(text) }), { status, headers });
  }
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Never fails: of a text that breaks, what came is enough. */
async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  message.setEncoding('utf8');
  try {
    for await (const piece of message) {
      text += piece;
      if (text.length > errorTextLimit) break; // which closes the connection
    }
  } catch {
    message.destroy();
  }
  return text.slice(0, errorTextLimit);
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  return headers;
}

function outgoing(headers: RequestInit['headers']): OutgoingHttpHeaders {
  return { ...Object.fromEntries(new Headers(headers)), 'accept-encoding': 'identity' };
}
