// Traces the tasks of a page's main thread with Chromium's tracing. Tasks are measured in CPU time of the thread, because
// wall-clock time depends on the load of the machine.
import type { Page } from 'playwright-core';

/** One task with its microtasks; no other code of the page can run before it ends. */
interface Task {
  /** Milliseconds since the trace began. */
  readonly atMs: number;
  readonly cpuMs: number;
}

/** A trace: all tasks, and the page's `performance.mark` entries. */
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

/** Traces a page's main thread while `action` runs. */
export async function traceMainThread(page: Page, action: () => Promise<unknown>): Promise<Trace> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('Tracing needs a page that belongs to a launched browser.');
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  try {
    await page.evaluate(() => performance.mark('trace begins'));
    await action();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const begin = traceEvents.find(({ name }) => name === 'trace begins');
  if (begin === undefined) throw new Error('The trace does not contain its start mark.');
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

/** Groups events into tasks; Chromium traces some microtasks after their task. */
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
