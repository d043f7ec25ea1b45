// Converts errors of body parsers, Express's and Fastify's.
import { StreamError } from '@sillage/protocol';

/** Converts the error of a body that cannot be parsed; any other error is returned as it is. */
export function bodyError(error: unknown): unknown {
  const { status, statusCode = status } = error as { status?: number; statusCode?: number };
  if (statusCode === 413) {
    return new StreamError('too-large', 'The request is too large. Send at most 2 MB.', { cause: error });
  }
  const isUnreadable = statusCode === 400 || statusCode === 415;
  return isUnreadable ? new StreamError('bad-request', 'The body must be JSON.', { cause: error }) : error;
}
