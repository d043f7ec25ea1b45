// Adapts a stream to Nest's `@Sse()`. Nest sends the headers and ends the response; the events are written directly to it, so
// that back-pressure is known and no interceptor changes them.
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { headers, type StreamId } from '@sillage/protocol';
import { Observable } from 'rxjs';
import { SillageEncoder } from './encoders/sillage-encoder.ts';
import type { ActiveRead } from './reading.service.ts';
import { SseWriter } from './sse-writer.ts';

/** Sets the headers that are not Nest's own, before Nest sends them, and keeps Nest's own event stream from writing to the
 *  response. All that it would write is the error of an interceptor, such as a timeout, with an id from which no reader can resume.
 *  The reader sees a lost connection instead. */
export function prepareResponse(response: ServerResponse, streamId: StreamId): void {
  response.setHeader(headers.streamId, streamId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  dropEmptyLine(response);
  response.once('pipe', (nest: Readable) => {
    nest.unpipe(response);
    nest.on('data', (text) => {
      if (/^event: error$/m.test(String(text))) response.destroy();
    });
    nest.once('end', () => response.end());
  });
}

/** Drops the empty line that Nest writes after the headers: some readers take it for a message without data. */
function dropEmptyLine(response: ServerResponse): void {
  const { write } = response;
  response.write = ((...given: Parameters<typeof write>) => {
    response.write = write;
    return given[0] === ('\n' as unknown) || write.apply(response, given);
  }) as typeof write;
}

/** Writes a read to `response` once Nest has sent the headers. Completes without a value after the last event. Unsubscribing
 *  earlier closes the connection. */
export function observeRead(
  read: ActiveRead,
  response: ServerResponse,
  { slowReaderMs }: { slowReaderMs: number },
): Observable<never> {
  return new Observable((subscriber) => {
    let isComplete = false;
    const writer = new SseWriter(response, {
      encoder: new SillageEncoder(read),
      slowReaderMs,
      onReady: () => pump.ready(),
      onClose: () => pump.close(),
    });
    const pump = read.pumpTo({
      write: (events) => writer.write(events),
      heartbeat: () => writer.heartbeat(),
      end: () => {
        isComplete = true;
        subscriber.complete();
      },
    });
    const stopWaiting = afterHeaders(response, () => writer.begin());
    return () => {
      stopWaiting();
      pump.close();
      if (!isComplete) response.destroy(); // an interceptor has given up, such as one with a timeout
    };
  });
}

/** Calls `begin` once the headers have been sent, which Nest does in this tick or the next one. */
function afterHeaders(response: ServerResponse, begin: () => void): () => void {
  let waiting: NodeJS.Immediate | undefined;
  const check = () => {
    if (response.headersSent || response.destroyed) begin();
    else waiting = setImmediate(check);
  };
  check();
  return () => clearImmediate(waiting);
}
