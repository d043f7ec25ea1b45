// A stream for Nest's `@Sse()`: an Observable that is fed one slice at a time, whenever the response has drained.
import type { ServerResponse } from 'node:http';
import type { MessageEvent } from '@nestjs/common';
import { formatEventId, frameOf, headers } from '@sillage/protocol';
import { Observable } from 'rxjs';
import { writeBuffers } from '../../http/write-buffers.ts';
import type { Reading } from './reading.service.ts';

/** Yields a reading as Nest's messages. Nest writes them to `response`, and unsubscribes when that closes. */
export function observeReading(
  { streamId, after, pumpTo }: Reading,
  response: ServerResponse,
  { slowReaderMs }: { slowReaderMs: number },
): Observable<MessageEvent> {
  response.setHeader(headers.streamId, streamId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  writeBuffers(response); // Nest writes strings
  return new Observable((subscriber) => {
    let drained: NodeJS.Immediate | undefined;
    const ready = () => pump.ready();
    const pump = pumpTo({
      write(events) {
        for (const event of events) {
          // Nest declares `data` as needed, and its absence means an id alone.
          subscriber.next({ id: formatEventId({ streamId, offset: event.offset }), data: frameOf(event) });
        }
        // Nest hands the messages on in later turns; only then the response knows whether it is full.
        drained = setImmediate(() => (response.writableNeedDrain ? response.once('drain', ready) : ready()));
        return false;
      },
      heartbeat: () => subscriber.next({ comment: 'heartbeat' } as MessageEvent),
      end: () => subscriber.complete(),
    });
    response.setTimeout(slowReaderMs, () => response.destroy());
    subscriber.next({ id: formatEventId({ streamId, offset: after }) } as MessageEvent);
    ready();
    return () => {
      clearImmediate(drained);
      response.off('drain', ready);
      pump.close();
    };
  });
}
