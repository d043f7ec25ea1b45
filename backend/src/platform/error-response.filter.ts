// Converts the module's own errors to responses `{ error, code }`. Bound to the module's controllers; every other exception
// is left to the filters of the application.
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { type ErrorResponse, errorStatus, type RequestErrorCode, StreamError } from '@sillage/protocol';
import { nodeResponseOf, takeOver } from './adapters.ts';

/** The exception for `204`: the reader has already seen the end of the stream. */
export class EndAlreadySeen extends Error {}

/** Converts errors of the module's routes to the error responses of docs/protocol.md. */
@Catch(StreamError, EndAlreadySeen)
export class ErrorResponseFilter implements ExceptionFilter {
  protected readonly asText: boolean = false;

  catch(error: unknown, host: ArgumentsHost): void {
    writeErrorResponse(error, host.switchToHttp().getResponse(), { asText: this.asText });
  }
}

const logger = new Logger('ErrorFilter');

/** Writes the response of an error, `asText` without its code; closes the connection if the headers have been sent, so that
 *  the reader resumes. */
export function writeErrorResponse(error: unknown, response: unknown, { asText = false } = {}): void {
  if (nodeResponseOf(response).headersSent) {
    nodeResponseOf(response).destroy();
    return;
  }
  const node = takeOver(response);
  node.setHeader('Cache-Control', 'no-store'); // a stream that does not exist yet may be created
  if (error instanceof EndAlreadySeen) {
    node.statusCode = 204;
    node.end();
    return;
  }
  const { code, message, fields, retryAfter = defaultRetryAfter[code] } = publicErrorOf(error);
  if (retryAfter !== undefined) node.setHeader('Retry-After', String(retryAfter));
  if (code === 'method-not-allowed') node.setHeader('Allow', 'GET');
  const body: ErrorResponse = { error: message, code, ...(fields && { fields }) };
  const bytes = Buffer.from(asText ? message : JSON.stringify(body));
  node.statusCode = errorStatus[code];
  node.setHeader('Content-Type', `${asText ? 'text/plain' : 'application/json'}; charset=utf-8`);
  node.setHeader('Content-Length', bytes.length);
  node.end(bytes);
}

/** Returns the error itself if its code has a status; any other is logged and hidden. */
function publicErrorOf(error: unknown): StreamError & { code: RequestErrorCode } {
  if (error instanceof StreamError && error.code in errorStatus)
    return error as StreamError & { code: RequestErrorCode };
  logger.error(error instanceof Error ? error.stack : error);
  const message = 'Something went wrong on the server. Try again.';
  return new StreamError('internal', message) as StreamError & { code: RequestErrorCode };
}

/** `Retry-After` in seconds for errors without their own. */
const defaultRetryAfter: Partial<Record<RequestErrorCode, number>> = { storage: 5 };
