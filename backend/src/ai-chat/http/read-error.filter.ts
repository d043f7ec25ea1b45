// A read is never refused because the storage fails: any status but 200 ends a native `EventSource` for good.
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Request, Response } from 'express';
import { ErrorFilter } from './error.filter.ts';

/** Closes the socket of a read that cannot be answered now, without an answer: its reader resumes. For the routes that read;
 *  on the one that starts too, what shows no `Last-Event-ID` is a start. */
@Catch()
export class ReadErrorFilter extends ErrorFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    if (error instanceof StreamError && error.code === 'storage' && isRead(http.getRequest())) {
      http.getResponse<Response>().destroy();
    } else {
      super.catch(error, host);
    }
  }
}

function isRead({ path, headers }: Request): boolean {
  return !path.endsWith('/stream-sse') || headers['last-event-id'] !== undefined;
}
