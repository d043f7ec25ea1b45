// The server's own filter: converts every exception to an error response `{ error, code }` without internal details.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { writeErrorResponse } from '../platform/error-response.filter.ts';

/** Converts exceptions of the framework to the error responses of docs/protocol.md. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    writeErrorResponse(convertedError(error), host.switchToHttp().getResponse());
  }
}

/** Converts an error of the framework to one with a code; any other is returned as it is. */
function convertedError(error: unknown): unknown {
  const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown } | null)?.status;
  const code = typeof status === 'number' ? frameworkCodes[status] : undefined;
  if (code === undefined || error instanceof StreamError) return error;
  return new StreamError(code, error instanceof URIError ? 'The URL is not well-formed.' : messages[code]);
}

/** Codes for errors of the framework: no route, or a body that is not JSON or too large. */
const frameworkCodes: Readonly<Record<number, 'bad-request' | 'not-found' | 'too-large'>> = {
  400: 'bad-request',
  404: 'not-found',
  413: 'too-large',
  415: 'bad-request',
};

const messages = {
  'bad-request': 'The body must be JSON.',
  'not-found': 'There is no route with this URL.',
  'too-large': 'The request is too large. Send at most 2 MB.',
};
