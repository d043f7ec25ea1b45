// What the system knows of a process: CPU time of all its threads, memory, and the core it is held to. Linux only.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

const ticksPerSecond = 100;

/** Returns the CPU time a process has used so far, in microseconds: user and system, every thread.
 *  Nanosecond counters of the scheduler where there are any, else the clock ticks of `stat`. */
export function cpuMicros(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadMicros(pid, thread), 0);
  } catch {
    return ticksIn(readFileSync(`/proc/${pid}/stat`, 'utf8')) * (1_000_000 / ticksPerSecond);
  }
}

function threadMicros(pid: number, thread: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

/** Reads user and system time out of `/proc/<pid>/stat`, in ticks; the name in it may hold spaces and brackets. */
export function ticksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Returns the memory a process holds, in kB. */
export function memoryKb(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]);
}

// `taskset`, and two cores or more.
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Holds a process, with all its threads, to one core. Without `taskset` it does nothing: figures are then rougher. */
export function pin(pid: number, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', `${core}`, `${pid}`]);
}

/** The core of the server under test, and that of the upstream, the load and the databases. */
export const cores = { server: 0, others: 1 } as const;

/** Says what the figures were taken on, in a line. */
export function machineLine(): string {
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? 'unknown processor';
  const pinned = canPin ? 'the server alone on one core' : 'not pinned to cores';
  return `${process.platform} ${process.arch}, ${model} x ${availableParallelism()}, ${memoryGb} GB, ${pinned}`;
}
