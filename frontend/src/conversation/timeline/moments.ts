// The moments of a reply in order of time, from its timeline.
import type { TimelineReader, TimelineResponse } from '@sillage/protocol';

/** The shortest gap in the text that counts as a pause, in ms. */
export const pauseMs = 2_000;

/** One moment, at `ms` from the start. */
export type Moment =
  | { readonly type: 'first' | 'end' | 'joined'; readonly ms: number }
  | { readonly type: 'paused'; readonly ms: number; readonly forMs: number }
  /** A connection that continued after the text that the page had; `awayMs` is absent if the server had noticed no loss. */
  | { readonly type: 'resumed'; readonly ms: number; readonly awayMs?: number };

/** Returns the moments of a reply that has ended. */
export function momentsOf({ read, readers, endedMs }: TimelineResponse): Moment[] {
  const moments: Moment[] = [
    ...read.slice(0, 1).map(({ fromMs }) => ({ type: 'first' as const, ms: fromMs })),
    ...pausesOf(read, endedMs),
    ...readers.slice(1).map((reader) => openedOf(reader, readers)),
  ];
  moments.sort((one, other) => one.ms - other.ms);
  return endedMs === undefined ? moments : [...moments, { type: 'end', ms: endedMs }];
}

function pausesOf(read: TimelineResponse['read'], endedMs: number | undefined): Moment[] {
  return read.flatMap(({ untilMs }, index): Moment[] => {
    const next = read[index + 1]?.fromMs ?? endedMs ?? untilMs;
    const forMs = next - untilMs;
    return forMs < pauseMs ? [] : [{ type: 'paused', ms: untilMs, forMs }];
  });
}

function openedOf({ after, openedMs }: TimelineReader, readers: readonly TimelineReader[]): Moment {
  if (after === 0) return { type: 'joined', ms: openedMs };
  const closed = readers.flatMap(({ closedMs }) => (closedMs !== undefined && closedMs <= openedMs ? [closedMs] : []));
  return { type: 'resumed', ms: openedMs, ...(closed.length > 0 && { awayMs: openedMs - Math.max(...closed) }) };
}
