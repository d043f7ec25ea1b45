// Compares this machine's clock with those of the other machines that a check has reached.
import { type Finding, ok, problem, warning } from './finding.ts';

/** The clock of another machine, read once. */
export interface ClockReading {
  readonly name: string;
  /** How far the other clock is ahead of this one, in ms. */
  readonly aheadMs: number;
}

const warnMs = 3_000;
const failMs = 30_000;

/** Reads the other clock: `read` returns its time in ms since the epoch. Half of the round trip is subtracted. */
export async function readClock(name: string, read: () => Promise<number>): Promise<ClockReading> {
  const sentAt = Date.now();
  const time = await read();
  return { name, aheadMs: time - (sentAt + Date.now()) / 2 };
}

/** Returns the time of a `Date` header, which counts whole seconds; `undefined` without a valid one. */
export function timeOf(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time + 500;
}

export function checkClock(readings: readonly ClockReading[]): Finding[] {
  if (readings.length === 0) return [ok('clock', 'not compared: no other machine was reached')];
  return readings.map(({ name, aheadMs }) => {
    const message = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs < 0 ? 'ahead of' : 'behind'} the clock of ${name}`;
    const advice = 'Synchronise the clocks of all machines (NTP): tokens and tickets expire by the clock.';
    if (Math.abs(aheadMs) >= failMs) return problem('clock', message, advice);
    return Math.abs(aheadMs) >= warnMs ? warning('clock', message, advice) : ok('clock', message);
  });
}
