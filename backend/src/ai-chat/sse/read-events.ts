// Reads a stream as an async iterable: one slice is in memory, and the next one is taken when the loop requests it.
import type { StreamEvent } from '@sillage/protocol';
import type { ActiveRead } from './reading.service.ts';

/** Yields the events of an opened stream up to its end. Leaving the loop or aborting `signal` releases the stream. */
export async function* readEvents(
  { pumpTo }: Pick<ActiveRead, 'pumpTo'>,
  signal?: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  let slice: readonly StreamEvent[] = [];
  let isEnded = false;
  let changed = Promise.withResolvers<void>();
  const pump = pumpTo({
    write(events) {
      slice = events;
      changed.resolve();
      return false; // the next slice is requested below
    },
    heartbeat() {},
    end() {
      isEnded = true;
      changed.resolve();
    },
  });
  const onAbort = () => changed.resolve();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted) {
      pump.ready();
      if (slice.length === 0 && !isEnded) await changed.promise;
      changed = Promise.withResolvers<void>();
      const taken = slice;
      slice = [];
      yield* taken;
      if (isEnded && slice.length === 0) return;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    pump.close();
  }
}
