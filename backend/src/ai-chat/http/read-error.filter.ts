// Handles storage errors of reads. They get no error response, as any status but 200 ends a native `EventSource` for good.
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Request, Response } from 'express';
import { ErrorFilter } from './error.filter.ts';

/** Closes the socket of a read that fails because of the storage, so that its reader resumes. On `/stream-sse`, which also
 *  starts streams, only a request with `Last-Event-ID` is a read. */
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
