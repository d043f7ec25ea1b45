// One HTTP request of this protocol: the token, one refresh after a 401, and error responses as StreamErrors.
import { type ErrorResponse, StreamError, type StreamErrorCode } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';

/** Sends a request; resolves with a successful response.
 *  @throws {StreamError} the error response; anything else thrown means that there was no response. */
export async function request(
  path: string,
  { baseUrl = '', getToken, fetch: send = fetch }: AIStreamOptions,
  init: RequestInit & { headers?: Record<string, string> },
): Promise<Response> {
  for (let refresh = false; ; refresh = true) {
    const token = await getToken?.({ refresh });
    const headers = { ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) };
    const response = await send(baseUrl + path, { ...init, headers });
    if (response.ok) return response;
    if (response.status !== 401 || refresh || !getToken) throw await errorOf(response);
    await response.body?.cancel();
  }
}

async function errorOf(response: Response): Promise<StreamError> {
  const { status } = response;
  const answer: Partial<ErrorResponse> | null = await response.json().catch(() => null);
  return new StreamError(codeOf(answer?.code, status), answer?.error || `The server answered ${status}. Try again.`, {
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
