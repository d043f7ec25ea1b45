// Adapts a stream to Nest's `@Sse()`. Nest sends the headers and ends the response; the events are written directly to it, so
// that back-pressure is known and no interceptor changes them.
import type { ServerResponse } from 'node:http';
import { headers, type StreamId } from '@sillage/protocol';
import { Observable } from 'rxjs';
import { SillageEncoder } from './encoders/sillage-encoder.ts';
import type { ActiveRead } from './reading.service.ts';
import { SseWriter } from './sse-writer.ts';

/** Sets the headers that are not Nest's own, before Nest sends them. */
export function setStreamHeaders(response: ServerResponse, streamId: StreamId): void {
  response.setHeader(headers.streamId, streamId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
}

/** Writes a read to `response` once Nest has sent the headers. Completes after the last event without a value. Whoever
 *  unsubscribes earlier closes the connection. */
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
      // An interceptor has given up, such as one with a timeout. Nest would write its error as an event with an id of its own,
      // by which a reader could not resume; so the reader sees a lost connection.
      if (!isComplete) response.destroy();
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
