// Adapts a stream to Nest's `@Sse()`: an Observable that emits the next slice once the response has drained.
import type { ServerResponse } from 'node:http';
import type { MessageEvent } from '@nestjs/common';
import { formatEventId, frameOf, headers } from '@sillage/protocol';
import { Observable } from 'rxjs';
import { writeBuffers } from '../../http/write-buffers.ts';
import type { ActiveRead } from './reading.service.ts';

/** Emits the events of a read as Nest's messages. Nest writes them to `response` and unsubscribes when it closes. */
export function observeRead(
  { streamId, after, pumpTo }: ActiveRead,
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
          // A message without `data` is an id alone, although Nest's type requires `data`.
          subscriber.next({ id: formatEventId({ streamId, offset: event.offset }), data: frameOf(event) });
        }
        // Nest writes the messages in later ticks; only then `writableNeedDrain` is known.
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
