// The difference between Express and Fastify, all of it: both end in `node:http`, on which the module's routes write.
import { IncomingMessage, type ServerResponse } from 'node:http';

/** A request of either framework. */
export interface PlatformRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly query: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  /** The address of the client; behind a trusted proxy, the one that it names. */
  readonly ip?: string | undefined;
  body?: unknown;
}

/** A reply of Fastify, as far as it is used. */
interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

/** Returns the `node:http` request. */
export function nodeRequestOf(request: unknown): IncomingMessage {
  return request instanceof IncomingMessage ? request : (request as { raw: IncomingMessage }).raw;
}

/** Returns the `node:http` response, to observe it. */
export function nodeResponseOf(response: unknown): ServerResponse {
  return isFastifyReply(response) ? response.raw : (response as ServerResponse);
}

/** Returns the `node:http` response, to write it: the framework sends nothing from now on. Headers that it has collected,
 *  such as those of CORS, are kept. May be called more than once. */
export function takeOver(response: unknown): ServerResponse {
  if (!isFastifyReply(response)) return response as ServerResponse;
  const { raw } = response;
  response.hijack();
  if (raw.headersSent) return raw;
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined && !raw.hasHeader(name)) raw.setHeader(name, value);
  }
  return raw;
}

function isFastifyReply(response: unknown): response is FastifyReply {
  return typeof (response as Partial<FastifyReply>).hijack === 'function';
}
