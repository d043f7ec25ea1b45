// One HTTP request of this protocol: the token, one refresh after a 401, and error responses as StreamErrors.
import { type ErrorResponse, StreamError, type StreamErrorCode } from '@sillage/protocol';
import type { ServerOptions } from '../options.ts';
import { sendAgain } from './refused-origin.ts';

const defaultPath = '/api/ai-chat';

/** Sends a request; resolves with a successful response.
 *  @throws {StreamError} the error response, or that the page's origin is refused; anything else thrown means that there
 *  was no response. */
export async function request(
  route: string,
  { baseUrl = '', path = defaultPath, headers: added, credentials, getToken, fetch: send = fetch }: ServerOptions,
  init: RequestInit & { headers?: Record<string, string> },
): Promise<Response> {
  const url = baseUrl.replace(/\/$/, '') + path + route.slice(defaultPath.length);
  for (let refresh = false; ; refresh = true) {
    const token = await getToken?.({ refresh });
    const sent = {
      ...init,
      credentials: credentials as RequestCredentials, // undefined is the default
      headers: { ...added, ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) },
    };
    const response = await send(url, sent).catch((cause) => sendAgain(url, sent, send, cause));
    if (response.ok) return response;
    if (response.status !== 401 || refresh || !getToken) throw await errorOf(response);
    await response.text();
  }
}

async function errorOf(response: Response): Promise<StreamError> {
  const { status } = response;
  const body: Partial<ErrorResponse> | null = await response.json().catch(() => null);
  return new StreamError(codeOf(body?.code, status), body?.error || `The server answered ${status}. Try again.`, {
    retryAfter: Number(response.headers.get('Retry-After')) || undefined,
  });
}

/** The code of this protocol, or what a proxy's response means. */
function codeOf(code: StreamErrorCode | undefined, status: number): StreamErrorCode {
  if (code) return code;
  if (status === 429) return 'rate-limited';
  return status >= 502 && status <= 504 ? 'network' : 'bad-response';
}

/** Converts anything thrown by a request into a StreamError; what is not one already is `network`. */
export function streamErrorOf(cause: unknown): StreamError {
  return cause instanceof StreamError
    ? cause
    : new StreamError('network', 'The server cannot be reached. Check the connection and try again.', { cause });
}

/** Whether another attempt may succeed: the one place that decides it. */
export function isRetryable({ code }: StreamError): boolean {
  return 'network rate-limited shutting-down storage auth-unavailable'.includes(code);
}
