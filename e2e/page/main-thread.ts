// What a page's main thread does, task by task, as Chromium traces it. A task counts by the time that its thread was on
// a core: how long it took by the clock says more about what else runs on this machine than about the page.
import type { Page } from 'playwright-core';

/** Is one task with the microtasks behind it: nothing else of the page can run before it is over. */
interface Task {
  /** Since the trace began. */
  readonly atMs: number;
  readonly cpuMs: number;
}

/** Is what was traced: all tasks, and the moments that the page marked by `performance.mark`. */
export interface Trace {
  readonly tasks: readonly Task[];
  readonly marks: readonly { readonly name: string; readonly atMs: number }[];
}

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  /** Times are in microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

/** Traces a page's main thread while something happens. */
export async function traceMainThread(page: Page, happening: () => Promise<unknown>): Promise<Trace> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('Only a page of a browser of its own can be traced.');
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  try {
    await page.evaluate(() => performance.mark('trace begins'));
    await happening();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const begin = traceEvents.find(({ name }) => name === 'trace begins');
  if (begin === undefined) throw new Error('The trace does not hold the mark of its beginning.');
  const events = traceEvents
    .filter(({ pid, tid, ts }) => pid === begin.pid && tid === begin.tid && ts >= begin.ts)
    .sort((one, other) => one.ts - other.ts);
  const atMs = ({ ts }: TraceEvent) => (ts - begin.ts) / 1000;
  return {
    tasks: tasksIn(events).map((parts) => ({ atMs: atMs(parts[0]), cpuMs: sum(parts.map(cpuMs)) })),
    marks: events
      .filter(({ cat }) => cat === 'blink.user_timing')
      .map((mark) => ({ name: mark.name, atMs: atMs(mark) })),
  };
}

type Parts = [TraceEvent, ...TraceEvent[]];

/** Finds the tasks; the microtasks of some run behind what is traced as the task. */
function tasksIn(events: readonly TraceEvent[]): Parts[] {
  const tasks: Parts[] = [];
  let end = 0;
  for (const event of events) {
    const { name, ts, dur = 0 } = event;
    const isMicrotasks = name === 'BlinkScheduler_PerformMicrotaskCheckpoint';
    if (ts < end || !(isMicrotasks || name === 'ThreadControllerImpl::RunTask')) continue;
    end = ts + dur;
    const before = tasks.at(-1);
    if (isMicrotasks && before !== undefined) before.push(event);
    else tasks.push([event]);
  }
  return tasks;
}

function cpuMs({ tdur, dur = 0 }: TraceEvent): number {
  return (tdur ?? dur) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
