// The moments of a reply, from its timeline.
import type { TimelineResponse } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { momentsOf } from './moments.ts';

const timeline: TimelineResponse = {
  streamId: 's',
  startedAt: '2026-11-29T00:00:00Z',
  endedMs: 20_000,
  finishReason: 'stopped',
  read: [
    { offset: 5, fromMs: 800, untilMs: 1_000 },
    { offset: 9, fromMs: 2_900, untilMs: 3_000 },
    { offset: 20, fromMs: 8_000, untilMs: 9_000 },
  ],
  stored: [],
  readers: [],
};

test('gaps of two seconds and more are pauses, the one before the end too', () => {
  expect(momentsOf(timeline)).toEqual([
    { type: 'first', ms: 800 },
    { type: 'paused', ms: 3_000, forMs: 5_000 },
    { type: 'paused', ms: 9_000, forMs: 11_000 },
    { type: 'end', ms: 20_000 },
  ]);
});

test('the first words come before a pause that begins with them', () => {
  const read = [
    { offset: 5, fromMs: 800, untilMs: 800 },
    { offset: 9, fromMs: 2_900, untilMs: 2_900 },
  ];

  expect(momentsOf({ ...timeline, read, endedMs: 3_000 }).map(({ type }) => type)).toEqual(['first', 'paused', 'end']);
});

test('a connection that goes on is a resume, with the time without one; another from the start is another page', () => {
  const readers = [
    { after: 0, openedMs: 5, closedMs: 2_000, written: [] },
    { after: 9, openedMs: 3_500, closedMs: 20_001, written: [] },
    { after: 0, openedMs: 4_000, written: [] },
  ];

  const moments = momentsOf({ ...timeline, read: [], readers });

  expect(moments).toEqual([
    { type: 'resumed', ms: 3_500, awayMs: 1_500 },
    { type: 'joined', ms: 4_000 },
    { type: 'end', ms: 20_000 },
  ]);
});

test('a resume before the loss was noticed has no time without connection, and a reply under way has no end', () => {
  const { endedMs: _, ...underWay } = timeline;
  const readers = [
    { after: 0, openedMs: 5, written: [] },
    { after: 9, openedMs: 3_500, written: [] },
  ];

  expect(momentsOf({ ...underWay, read: [], readers })).toEqual([{ type: 'resumed', ms: 3_500 }]);
});
