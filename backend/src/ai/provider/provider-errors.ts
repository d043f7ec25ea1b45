// Decides, in one place, what went wrong with a provider. Its own words stay in `cause`, which is for the server's log.
import { type FailureCode, failureMessages, StreamError } from '@sillage/protocol';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';

/** Is an error that a provider sent in the midst of a stream, in its own words. */
export class ProviderSaidError extends Error {
  override readonly name = 'ProviderSaidError';
  readonly said: unknown;

  constructor(said: unknown) {
    super(typeof said === 'string' ? said : JSON.stringify(said));
    this.said = said;
  }
}

/** Makes the error of a code, with the message that is for people. */
export function failureOf(code: FailureCode, { cause, retryAfter }: { cause?: unknown; retryAfter?: number } = {}) {
  return new StreamError(code, failureMessages[code], { cause, ...(retryAfter !== undefined && { retryAfter }) });
}

/** Translates whatever went wrong while a model was asked into one typed error; a `StreamError` is returned as it is. */
export function providerFailure(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  if (error instanceof APIConnectionTimeoutError) return failureOf('provider-timeout', { cause: error });
  if (error instanceof APIConnectionError) return failureOf('provider-unavailable', { cause: error });
  if (error instanceof APIError) {
    const retryAfter = retryAfterOf(error);
    return failureOf(codeOf(wordsOf(error)), { cause: error, ...(retryAfter !== undefined && { retryAfter }) });
  }
  if (error instanceof ProviderSaidError) return failureOf(codeOf(wordsOf(error.said)), { cause: error });
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return failureOf('provider-bad-response', { cause: error });
  }
  return failureOf(isOfTheNetwork(error) ? 'provider-unavailable' : 'internal', { cause: error });
}

interface Words {
  readonly status: number | undefined;
  /** `code` and `type`, lower case. */
  readonly labels: string;
  readonly message: string;
}

function codeOf({ status, labels, message }: Words): FailureCode {
  const isRequestFault = status === undefined || (status >= 400 && status < 500);
  if (isRequestFault && isContextTooLong(labels, message)) return 'context-too-long';
  if (isRequestFault && /content_filter|content_policy|moderation/.test(labels)) return 'prompt-refused';
  if (status === 429 || /rate_limit|too_many_requests|insufficient_quota/.test(labels)) return 'provider-rate-limited';
  if (status === 401 || status === 403) return 'provider-auth';
  if (status === 408) return 'provider-timeout';
  if (status !== undefined) return status >= 500 ? 'provider-unavailable' : 'provider-refused';
  if (/invalid_api_key|authentication|permission/.test(labels)) return 'provider-auth';
  if (/timeout/.test(labels)) return 'provider-timeout';
  if (/invalid_request|not_found/.test(labels)) return 'provider-refused';
  return 'provider-unavailable';
}

function isContextTooLong(labels: string, message: string): boolean {
  if (labels.includes('context_length_exceeded')) return true;
  return /context (length|window|size)|prompt is too long|maximum context|context_length/i.test(message);
}

/** Reads an error of the SDK or of a stream; some providers put the HTTP status into `code`. */
function wordsOf(said: unknown): Words {
  if (typeof said !== 'object' || said === null) return { status: undefined, labels: '', message: String(said) };
  const { status, code, type, message } = said as Record<string, unknown>;
  return {
    status: statusOf(status) ?? statusOf(code),
    labels: `${code} ${type}`.toLowerCase(),
    message: String(message),
  };
}

function statusOf(value: unknown): number | undefined {
  const status = Number(value);
  return Number.isInteger(status) && status >= 300 && status <= 599 ? status : undefined;
}

function retryAfterOf(error: APIError): number | undefined {
  const seconds = Number.parseInt(error.headers?.get('retry-after') ?? '', 10);
  return seconds >= 0 ? seconds : undefined;
}

/** Node names the faults of sockets, TLS and HTTP by a code; a fault of ours has none. */
function isOfTheNetwork(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
