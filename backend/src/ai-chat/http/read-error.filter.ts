// Handles storage errors of reads. They get no error response, as any status but 200 ends a native `EventSource` for good.
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { nodeResponseOf, type PlatformRequest } from '../../platform/adapters.ts';
import { EndAlreadySeen, ErrorResponseFilter } from '../../platform/error-response.filter.ts';

/** Closes the socket of a read that fails because of the storage, so that its reader resumes. On `/stream-sse`, which also
 *  starts streams, only a request with `Last-Event-ID` is a read. */
@Catch(StreamError, EndAlreadySeen)
export class ReadErrorFilter extends ErrorResponseFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    if (error instanceof StreamError && error.code === 'storage' && isRead(http.getRequest())) {
      nodeResponseOf(http.getResponse()).destroy();
    } else {
      super.catch(error, host);
    }
  }
}

function isRead({ method, url, headers }: PlatformRequest): boolean {
  const [path = ''] = url.split('?', 1);
  return method === 'GET' && (!path.endsWith('/stream-sse') || headers['last-event-id'] !== undefined);
}
