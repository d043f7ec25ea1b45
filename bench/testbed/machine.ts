// CPU time of all threads, memory and core of a process, from /proc. Linux only.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

const ticksPerSecond = 100;

/** Returns the user and system CPU time of a process so far, all threads, in microseconds.
 *  Uses the scheduler's nanosecond counters where they exist, else the clock ticks of `stat`. */
export function cpuMicros(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadMicros(pid, thread), 0);
  } catch {
    return ticksIn(readFileSync(`/proc/${pid}/stat`, 'utf8')) * (1_000_000 / ticksPerSecond);
  }
}

/** Returns the CPU time of a process and of all its children, including those that have ended. */
export function familyCpuMicros(pid: number): number {
  const ended = endedTicksIn(readFileSync(`/proc/${pid}/stat`, 'utf8')) * (1_000_000 / ticksPerSecond);
  return childrenOf(pid).reduce((sum, child) => sum + lastCpuMicros(child), cpuMicros(pid) + ended);
}

/** A child that has just ended is counted next time, among its parent's ended children. */
function lastCpuMicros(pid: number): number {
  try {
    return cpuMicros(pid);
  } catch {
    return 0;
  }
}

/** Returns the running children of a process. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function threadMicros(pid: number, thread: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

/** Reads user and system time out of `/proc/<pid>/stat`, in ticks. */
export function ticksIn(stat: string): number {
  return Number(fieldsOf(stat)[11]) + Number(fieldsOf(stat)[12]);
}

/** Reads the time of the ended children, in ticks. */
export function endedTicksIn(stat: string): number {
  return Number(fieldsOf(stat)[13]) + Number(fieldsOf(stat)[14]);
}

/** Splits the fields after the name, which may contain spaces and brackets. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Returns the resident memory of a process, in kB. */
export function memoryKb(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]);
}

// `taskset`, and two cores or more.
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Pins a process with all threads to one core. Does nothing without `taskset`: figures are then less exact. */
export function pin(pid: number, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', `${core}`, `${pid}`]);
}

/** The core of the server under test, and that of the upstream, the load and the databases. */
export const cores = { server: 0, others: 1 } as const;

/** Describes the machine, and whether the server had its own core. */
export function machineLine(): string {
  return `${machineName()}, ${canPin ? 'the server alone on one core' : 'not pinned to cores'}`;
}

/** Describes the machine. */
export function machineName(): string {
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${process.platform} ${process.arch}, ${model} x ${availableParallelism()}, ${memoryGb} GB`;
}
