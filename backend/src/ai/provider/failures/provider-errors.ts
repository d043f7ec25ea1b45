// Classifies every provider failure in one place. The provider's own text stays in `cause`, for the server's log only.
import { type FailureCode, failureMessages, StreamError } from '@sillage/protocol';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { codeOfWords, wordsOfError } from './failure-words.ts';
import { logLine, type Redacted } from './log-line.ts';
import { retryDelayOf } from './retry-delay.ts';

/** Error that a provider sent within a stream, in its original form. */
export class ProviderSaidError extends Error {
  override readonly name = 'ProviderSaidError';
  readonly said: unknown;

  constructor(said: unknown) {
    super(textOf(said));
    this.said = said;
  }
}

/** Description of a provider failure as one line that is safe to log. */
class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
}

/** Creates the error of a code, with its message for users. */
export function failureOf(code: FailureCode, { cause, retryAfter }: { cause?: unknown; retryAfter?: number } = {}) {
  return new StreamError(code, failureMessages[code], { cause, ...(retryAfter !== undefined && { retryAfter }) });
}

/** Converts any failure of a completion request into a typed error whose cause is a `ProviderFault`. */
export async function describedFailure(error: unknown, redacted: Redacted): Promise<StreamError> {
  const failure = providerFailure(error);
  if (failure.cause === undefined) return failure;
  const cause = new ProviderFault(await logLine(descriptionOf(failure.cause), redacted));
  const { code, message, retryAfter } = failure;
  return new StreamError(code, message, { cause, ...(retryAfter !== undefined && { retryAfter }) });
}

/** Converts any failure of a completion request into a typed error; a `StreamError` is returned unchanged.
 *  `fallback` is the code for provider errors that match no pattern. */
export function providerFailure(error: unknown, fallback: FailureCode = 'provider-unavailable'): StreamError {
  const decided = findStreamError(error);
  if (decided !== undefined) return decided;
  if (error instanceof APIConnectionTimeoutError) return failureOf('provider-timeout', { cause: error });
  if (error instanceof APIConnectionError) return failureOf('provider-unavailable', { cause: error });
  if (error instanceof APIError) {
    const retryAfter = retryAfterOf(error);
    return failureOf(codeOfWords(wordsOfError(error.error, error.status)), {
      cause: error,
      ...(retryAfter !== undefined && { retryAfter }),
    });
  }
  if (error instanceof ProviderSaidError) {
    return failureOf(codeOfWords(wordsOfError(error.said), fallback), { cause: error });
  }
  if (error instanceof SyntaxError || error instanceof RangeError) {
    return failureOf('provider-bad-response', { cause: error });
  }
  return failureOf(isOfTheNetwork(error) ? 'provider-unavailable' : 'internal', { cause: error });
}

/** Finds a `StreamError` among the causes of an SDK error. */
function findStreamError(error: unknown): StreamError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof StreamError) return cause;
  return undefined;
}

/** Describes a failure: the status and text of the provider, or the chain of errors. */
function descriptionOf(error: unknown): string {
  if (error instanceof APIError && error.status !== undefined) return `${error.status} ${textOf(error.error)}`;
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return messages.length === 0 ? String(error) : messages.join(': ');
}

function textOf(said: unknown): string {
  return typeof said === 'string' ? said : (JSON.stringify(said) ?? '');
}

/** Longest delay that is reported, in seconds: a year. */
const longestRetryAfter = 31_536_000;

function retryAfterOf({ headers }: APIError): number | undefined {
  const ms = headers && retryDelayOf(headers);
  return ms === undefined ? undefined : Math.min(Math.ceil(ms / 1000), longestRetryAfter);
}

/** Whether an error is a network fault. Node sets a code on errors of sockets, TLS and HTTP; a programming error has
 *  none. */
function isOfTheNetwork(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
