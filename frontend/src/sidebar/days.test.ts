// A day depends on the reader's time zone, calendar and language.
import type { SessionSummary } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { groupByDay, groupRows } from './days.ts';

const now = new Date('2026-03-10T12:00:00Z');

function sessionsAt(...times: string[]): SessionSummary[] {
  return times.map((at) => ({ sessionId: at, title: at, createdAt: at, updatedAt: at }));
}

function labelsOf(times: string[], calendar: { locale?: string; timeZone?: string; now?: Date } = {}) {
  const groups = groupByDay(sessionsAt(...times), { locale: 'en', timeZone: 'UTC', now, ...calendar });
  return groups.map(({ label, sessions }) => [label, sessions.length]);
}

test('today and yesterday are words, a week has names, and anything older a date', () => {
  const times = [
    '2026-03-10T11:00:00Z',
    '2026-03-10T00:00:00Z',
    '2026-03-09T23:59:59Z',
    '2026-03-08T10:00:00Z',
    '2026-03-04T10:00:00Z',
    '2026-03-03T10:00:00Z',
    '2025-12-31T10:00:00Z',
  ];

  expect(labelsOf(times)).toEqual([
    ['Today', 2],
    ['Yesterday', 1],
    ['Sunday', 1],
    ['Wednesday', 1],
    ['March 3', 1],
    ['December 31, 2025', 1],
  ]);
});

test('French says its days in French', () => {
  const times = ['2026-03-10T11:00:00Z', '2026-03-09T11:00:00Z', '2026-03-08T10:00:00Z', '2025-12-01T10:00:00Z'];

  expect(labelsOf(times, { locale: 'fr' }).map(([label]) => label)).toEqual([
    'Aujourd’hui',
    'Hier',
    'Dimanche',
    '1 décembre 2025',
  ]);
});

test('the same moment is today in Auckland and yesterday in Los Angeles', () => {
  const noon = new Date('2026-03-10T20:00:00Z');
  const times = ['2026-03-10T13:00:00Z', '2026-03-10T06:00:00Z'];

  expect(labelsOf(times, { timeZone: 'Pacific/Auckland', now: noon })).toEqual([
    ['Today', 1],
    ['Yesterday', 1],
  ]);
  expect(labelsOf(times, { timeZone: 'America/Los_Angeles', now: noon })).toEqual([
    ['Today', 1],
    ['Yesterday', 1],
  ]);
  expect(labelsOf(times, { timeZone: 'UTC', now: noon })).toEqual([['Today', 2]]);
});

test('a day of 23 hours is still one day', () => {
  const afterTheJump = new Date('2026-03-08T22:00:00Z'); // after clocks in New York went forward by an hour
  const times = ['2026-03-08T21:00:00Z', '2026-03-08T04:30:00Z', '2026-03-07T04:30:00Z'];

  expect(labelsOf(times, { timeZone: 'America/New_York', now: afterTheJump }).map(([label]) => label)).toEqual([
    'Today',
    'Yesterday',
    'Friday',
  ]);
});

test('a time ahead of the reader’s clock is shown as a date, never as a wrong day', () => {
  expect(labelsOf(['2026-03-11T00:30:00Z'])).toEqual([['March 11', 1]]);
});

test('pinned conversations have a group of their own before the days', () => {
  const [today, old] = sessionsAt('2026-03-10T11:00:00Z', '2026-01-10T11:00:00Z') as [SessionSummary, SessionSummary];
  const labels = (sessions: SessionSummary[]) =>
    groupRows(sessions, { locale: 'en', timeZone: 'UTC', now, pinnedLabel: '📌' }).map(({ label }) => label);

  expect(labels([{ ...old, pinned: true }, today])).toEqual(['📌', 'Today']);
  expect(labels([today, old])).toEqual(['Today', 'January 10']);
});
