// The `fetch` of the OpenAI SDK, implemented over node:http. The body of a successful response is kept as a
// ProviderBody and never becomes a web stream. The body of an error response is short text, which the SDK converts into
// an error.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Observer } from '../../../observing/observer.ts';
import { traceHeaders } from '../../../observing/request-context.ts';
import { failureOf } from '../failures/provider-errors.ts';
import { isWorthRetrying } from '../failures/retry-delay.ts';
import { Arrivals } from '../response/arrivals.ts';
import { ProviderBody } from '../response/provider-body.ts';

const errorTextLimit = 64 * 1024;
const mostRedirects = 3;
/** Bytes of a body that are read ahead of its consumer. The socket passes it to the response. With less, a reply that arrives
 *  at once stops and resumes its socket more often. */
const bytesAhead = 256 * 1024;

/** Options of a transport. */
export interface ProviderTransportOptions {
  /** Headers of every request, which override those of the SDK. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Proxy variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, with their usual meaning. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
  /** Longest accepted retry delay in ms. A request whose response demands a longer one is not retried. */
  readonly longestRetryMs: number;
  readonly observer?: Observer | undefined;
}

/** A request with the headers that are sent. */
type Outgoing = Omit<RequestInit, 'headers'> & { readonly headers: OutgoingHttpHeaders };

/** Opens connections to a provider and keeps them alive for further requests. Its owner closes it. */
export class ProviderTransport {
  readonly #options: ProviderTransportOptions;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #bodies = new WeakMap<Response, ProviderBody>();
  readonly #arrivals = new Arrivals();

  constructor(options: ProviderTransportOptions) {
    this.#options = options;
    const proxyEnv = options.proxyEnv && { proxyEnv: options.proxyEnv };
    const agentOptions = { keepAlive: true, highWaterMark: bytesAhead, ...proxyEnv };
    this.#http = new HttpAgent(agentOptions);
    this.#https = new HttpsAgent(agentOptions);
  }

  /** Sends a request like the platform's `fetch`, as far as the SDK needs it: text bodies, `signal`, redirects on
   *  the same host. The key is never sent to another host.
   *  @throws {TypeError} `fetch failed`, with the fault as `cause`; an `AbortError` when the signal was aborted. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
    if (Number(headers.get('x-stainless-retry-count')) > 0) this.#options.observer?.providerRetried?.();
    const url = new URL(input instanceof Request ? input.url : input);
    const message = await this.#follow(url, { ...init, headers: outgoing(headers) });
    const status = message.statusCode ?? 0;
    if (status < 200 || status > 299) return this.#badResponse(message, status);
    const { 'content-type': contentType = '' } = message.headers;
    const response = new Response(null, { status, headers: { 'content-type': contentType } });
    this.#bodies.set(response, new ProviderBody(message, this.#arrivals));
    return response;
  };

  /** Returns the body of a successful response; the caller closes or releases it. */
  bodyOf(response: Response): ProviderBody {
    const body = this.#bodies.get(response);
    if (body === undefined) throw new TypeError('The response is not one of this transport.');
    return body;
  }

  /** Closes every connection, including active ones. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #follow(start: URL, init: Outgoing): Promise<IncomingMessage> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const message = await this.#send(url, init);
      const next = redirects < mostRedirects ? redirectOf(message, url) : undefined;
      if (next === undefined) return message;
      message.resume();
      url = next;
    }
  }

  #send(url: URL, { method = 'GET', headers, body, signal }: Outgoing): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, ...traceHeaders(), ...this.#options.headers },
      agent: isSecure ? this.#https : this.#http,
      ...(signal && { signal }),
    });
    request.on('response', resolve);
    const fail = (cause: Error) => reject(signal?.aborted ? cause : new TypeError('fetch failed', { cause }));
    request.on('error', fail);
    request.on('close', () => fail(new Error('The connection was closed without a response.')));
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      fail(failureOf('provider-bad-response', { cause: new Error(`${statusCode} without a request for it`) }));
    });
    request.end(typeof body === 'string' ? body : undefined);
    return promise;
  }

  /** Moves the fields beside `error` into it, since the SDK keeps only the `error` field of an error response. */
  async #badResponse(message: IncomingMessage, status: number): Promise<Response> {
    const text = await textOf(message);
    const headers = headersOf(message);
    const hasMoney = !text.includes('insufficient_quota'); // an exhausted quota is not retryable
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

/** Reads the text of an error response. Never fails: if the connection is lost, the received part is returned. */
async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  message.setEncoding('utf8');
  try {
    for await (const piece of message) {
      text += piece;
      if (text.length > errorTextLimit) break; // leaving the loop closes the connection
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

/** Headers that the SDK sets itself; all others come from its environment and are removed. */
const sdkHeader = /^(accept|authorization|content-type|user-agent|x-stainless-.*)$/;

function outgoing(headers: Headers): OutgoingHttpHeaders {
  const own = [...headers].filter(([name]) => sdkHeader.test(name));
  return { ...Object.fromEntries(own), 'accept-encoding': 'identity' };
}

/** Returns the target of a redirect if it has the same host and is no less secure. */
function redirectOf({ statusCode, headers }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode ?? 0) || !URL.canParse(headers.location ?? '', from))
    return undefined;
  const to = new URL(headers.location ?? '', from);
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
  return to.hostname === from.hostname && (to.origin === from.origin || isUpgrade) ? to : undefined;
}
