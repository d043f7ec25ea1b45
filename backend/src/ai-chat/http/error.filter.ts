// Converts every exception to an error response `{ error, code }` without internal details.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { type ErrorResponse, errorStatus, type RefusalCode, StreamError } from '@sillage/protocol';
import type { Response } from 'express';

/** The exception for `204`: the reader has already seen the end of the stream. */
export class EndAlreadySeen extends Error {}

/** Converts exceptions of handlers to the error responses of docs/protocol.md. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy(); // too late for a status: the reader resumes
    } else if (error instanceof EndAlreadySeen) {
      response.status(204).setHeader('Cache-Control', 'no-store').end();
    } else {
      const { code, message, fields, retryAfter = defaultRetryAfter[code] } = this.publicErrorOf(error);
      if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
      if (code === 'method-not-allowed') response.setHeader('Allow', 'GET');
      response.setHeader('Cache-Control', 'no-store'); // a stream that does not exist yet may be created
      const body: ErrorResponse = { error: message, code, ...(fields && { fields }) };
      response.status(errorStatus[code]).json(body);
    }
  }

  private publicErrorOf(error: unknown): StreamError & { code: RefusalCode } {
    if (isPublic(error)) return error;
    const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown } | null)?.status;
    const code = typeof status === 'number' ? frameworkCodes[status] : undefined;
    if (code === undefined) this.logger.error(error instanceof Error ? error.stack : error);
    const message = error instanceof URIError ? 'The URL is not well-formed.' : messages[code ?? 'internal'];
    return new StreamError(code ?? 'internal', message) as StreamError & { code: RefusalCode };
  }
}

/** Whether an error has a code of the protocol, and so a message for the user. */
function isPublic(error: unknown): error is StreamError & { code: RefusalCode } {
  return error instanceof StreamError && error.code in errorStatus;
}

/** `Retry-After` in seconds for errors without their own. */
const defaultRetryAfter: Partial<Record<RefusalCode, number>> = { storage: 5 };

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
  internal: 'Something went wrong on the server. Try again.',
};
