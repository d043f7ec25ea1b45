// Every refusal leaves the server here: `{ error, code }`, and nothing of what went on inside.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { type ErrorResponse, errorStatus, type RefusalCode, StreamError } from '@sillage/protocol';
import type { Response } from 'express';

/** Answers `204`: the end of the stream had been seen, and there is nothing behind it. */
export class EndWasSeen extends Error {}

/** Translates what a handler throws into the answer that the protocol names. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy(); // too late for a status: the reader resumes
    } else if (error instanceof EndWasSeen) {
      response.status(204).setHeader('Cache-Control', 'no-store').end();
    } else {
      const refusal = this.refusalOf(error);
      const { code, fields, retryAfter = usualRetryAfter[code] } = refusal;
      if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
      if (code === 'method-not-allowed') response.setHeader('Allow', 'GET');
      response.setHeader('Cache-Control', 'no-store'); // a stream that is not there yet may come
      const answer: ErrorResponse = { error: refusal.message, code, ...(fields && { fields }) };
      response.status(errorStatus[code]).json(answer);
    }
  }

  private refusalOf(error: unknown): StreamError & { code: RefusalCode } {
    if (isRefusal(error)) return error;
    const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown } | null)?.status;
    const code = typeof status === 'number' ? refusalCodes[status] : undefined;
    if (code === undefined) this.logger.error(error instanceof Error ? error.stack : error);
    const message = error instanceof URIError ? 'The address is not well-formed.' : messages[code ?? 'internal'];
    return new StreamError(code ?? 'internal', message) as StreamError & { code: RefusalCode };
  }
}

function isRefusal(error: unknown): error is StreamError & { code: RefusalCode } {
  return error instanceof StreamError && error.code in errorStatus;
}

/** How long to wait, in seconds, where the refusal does not say. */
const usualRetryAfter: Partial<Record<RefusalCode, number>> = { storage: 5 };

/** What the framework refuses by itself: no route, a body that is no JSON or too large. */
const refusalCodes: Readonly<Record<number, 'bad-request' | 'not-found' | 'too-large'>> = {
  400: 'bad-request',
  404: 'not-found',
  413: 'too-large',
  415: 'bad-request',
};

const messages = {
  'bad-request': 'The body must be JSON.',
  'not-found': 'There is nothing at this address.',
  'too-large': 'The request is too large; it may have 2 MB.',
  internal: 'Something went wrong on the server. Try again.',
};
