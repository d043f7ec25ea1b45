// Converts errors of body parsers, Express's and Fastify's.
import { StreamError } from '@sillage/protocol';

/** Converts the error of a body that cannot be parsed; any other error is returned as it is. */
export function bodyError(error: unknown): unknown {
  const { status, statusCode = status } = error as { status?: number; statusCode?: number };
  if (statusCode === 413) {
    return new StreamError('too-large', 'The request is too large. Send at most 2 MB.', { cause: error });
  }
  if (statusCode === 415) return wrongContentType(error);
  return statusCode === 400 ? new StreamError('bad-request', 'The body must be JSON.', { cause: error }) : error;
}

/** Creates the error for a body that no parser reads, such as one that `curl -d` sends as a form. */
export function wrongContentType(cause?: unknown): StreamError {
  return new StreamError('bad-request', 'The body must be JSON, sent with Content-Type: application/json.', { cause });
}
