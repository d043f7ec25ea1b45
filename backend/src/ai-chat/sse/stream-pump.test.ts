// The pump with a sink that can be full and a growing stream: it advances only as fast as the sink accepts data.
import { setTimeout as delay } from 'node:timers/promises';
import { limits, type StreamEvent } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { LiveStream } from '../../streams/live-stream.ts';
import { type Sink, StreamPump } from './stream-pump.ts';

/** A sink that stores everything it gets, and reports that it is full while `acceptsMore` is false. */
class ListSink implements Sink {
  readonly events: StreamEvent[] = [];
  readonly writes: number[] = [];
  acceptsMore = true;
  heartbeats = 0;
  isEnded = false;
  onHeartbeat = () => {};

  write(events: readonly StreamEvent[]): boolean {
    this.events.push(...events);
    this.writes.push(events.reduce((sum, event) => sum + ('text' in event ? event.text.length : 1), 0));
    return this.acceptsMore;
  }
  heartbeat(): void {
    this.heartbeats++;
    this.onHeartbeat();
  }
  end(): void {
    this.isEnded = true;
  }
}

interface Shape {
  readonly after?: number;
  readonly heartbeatMs?: number;
  readonly maxAgeMs?: number;
}

function pumped({ after = 0, heartbeatMs = 60_000, maxAgeMs = 60_000 }: Shape = {}) {
  const live = new LiveStream();
  const sink = new ListSink();
  let isReleased = false;
  const view = live.open(
    () => pump.notify(),
    () => {
      isReleased = true;
    },
  );
  const pump = new StreamPump(view, sink, { after, heartbeatMs, maxAgeMs });
  const say = (text: string) => {
    live.append({ type: 'text', text });
    live.markStored(live.appended);
  };
  const end = () => live.markEnded({ type: 'end', offset: live.appended + 1, finishReason: 'stop' });
  return { pump, sink, live, say, end, isReleased: () => isReleased };
}

function textsOf({ events }: ListSink): string[] {
  return events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
}

test('nothing is written before the sink is ready; then the stored text is merged into one event', () => {
  const { pump, sink, say } = pumped();
  say('Hello');
  say(' world');

  expect(sink.events).toEqual([]);
  pump.ready();

  expect(sink.events).toEqual([{ type: 'text', text: 'Hello world', offset: 11 }]);
  pump.close();
});

test('the pump begins after the offset', () => {
  const { pump, sink, say } = pumped({ after: 6 });
  say('Hello world');

  pump.ready();

  expect(textsOf(sink)).toEqual(['world']);
  pump.close();
});

test('a long backlog is written in slices, and no event exceeds the maximum length', () => {
  const { pump, sink, say } = pumped();
  for (let i = 0; i < 10; i++) say('x'.repeat(10_000));

  pump.ready();

  expect(textsOf(sink).join('')).toHaveLength(100_000);
  expect(Math.max(...sink.events.map((event) => ('text' in event ? event.text.length : 0)))).toBe(limits.eventLength);
  expect(Math.max(...sink.writes)).toBeLessThan(2 * limits.eventLength);
  pump.close();
});

test('a full sink gets nothing until it is ready, then the accumulated text as one event', () => {
  const { pump, sink, say } = pumped();
  sink.acceptsMore = false;
  pump.ready();
  say('a');
  say('b');
  say('c');

  expect(textsOf(sink)).toEqual(['a']);
  pump.ready();
  expect(textsOf(sink)).toEqual(['a', 'bc']);
  pump.close();
});

test('a full sink gets one slice of a backlog at a time', () => {
  const { pump, sink, say } = pumped();
  sink.acceptsMore = false;
  say('x'.repeat(100_000));

  pump.ready();

  expect(sink.writes).toEqual([limits.eventLength]);
  pump.close();
});

test('the end event ends the connection and releases the stream', () => {
  const { pump, sink, say, end, isReleased } = pumped();
  pump.ready();
  say('Hello');

  end();

  expect(sink.events.at(-1)).toEqual({ type: 'end', offset: 6, finishReason: 'stop' });
  expect(sink.isEnded).toBe(true);
  expect(isReleased()).toBe(true);
});

test('an end that arrives while the sink is full is written once the sink is ready', () => {
  const { pump, sink, say, end } = pumped();
  sink.acceptsMore = false;
  pump.ready();
  say('Hello');
  end();

  expect(sink.isEnded).toBe(false);
  pump.ready();
  expect(sink.events.at(-1)?.type).toBe('end');
  expect(sink.isEnded).toBe(true);
});

test('a reader with an offset past the end of the stream is disconnected without an event', () => {
  const { pump, sink, say, end, isReleased } = pumped({ after: 100 });
  pump.ready();
  say('Hello');

  end();

  expect(sink.events).toEqual([]);
  expect([sink.isEnded, isReleased()]).toEqual([true, true]);
});

test('heartbeats are sent on an idle connection only, and only if the sink is ready', async () => {
  const { pump, sink, say } = pumped({ heartbeatMs: 20 });
  await delay(60);
  expect(sink.heartbeats).toBe(0);

  const { promise, resolve } = Promise.withResolvers<void>();
  sink.onHeartbeat = () => sink.heartbeats === 2 && resolve();
  pump.ready();
  await promise;

  sink.acceptsMore = false;
  say('x');
  const { heartbeats } = sink;
  await delay(60);
  expect(sink.heartbeats).toBe(heartbeats);
  pump.close();
});

test('the maximum age ends the connection without an end event', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { pump, sink, say, isReleased } = pumped({ maxAgeMs: 20 });
  sink.end = () => {
    sink.isEnded = true;
    resolve();
  };
  pump.ready();
  say('Hello');

  await promise;
  say(' world');

  expect(textsOf(sink)).toEqual(['Hello']);
  expect(isReleased()).toBe(true);
});

test('closing releases all resources and may be repeated', async () => {
  const { pump, sink, say, end, live, isReleased } = pumped({ heartbeatMs: 10, maxAgeMs: 20 });
  pump.ready();

  pump.close();
  pump.close();
  say('Hello');
  end();
  pump.ready();
  await delay(40);

  expect(isReleased()).toBe(true);
  expect(live.unread).toBeDefined();
  expect({ ...sink, onHeartbeat: 0 }).toMatchObject({ events: [], heartbeats: 0, isEnded: false });
});
