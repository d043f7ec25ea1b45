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

/** Returns the same for a process and all that it has started, those that have ended too. */
export function familyCpuMicros(pid: number): number {
  const ended = endedTicksIn(readFileSync(`/proc/${pid}/stat`, 'utf8')) * (1_000_000 / ticksPerSecond);
  return childrenOf(pid).reduce((sum, child) => sum + lastCpuMicros(child), cpuMicros(pid) + ended);
}

/** One that has just ended counts with its parent's ended ones next time. */
function lastCpuMicros(pid: number): number {
  try {
    return cpuMicros(pid);
  } catch {
    return 0;
  }
}

/** Lists the processes that a process has started and that still run. */
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

/** Reads the same of its children that have ended. */
export function endedTicksIn(stat: string): number {
  return Number(fieldsOf(stat)[13]) + Number(fieldsOf(stat)[14]);
}

/** Splits what follows the name, which may hold spaces and brackets. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
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

/** Says what the figures were taken on, and whether the server had a core for itself. */
export function machineLine(): string {
  return `${machineName()}, ${canPin ? 'the server alone on one core' : 'not pinned to cores'}`;
}

/** Names the machine. */
export function machineName(): string {
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${process.platform} ${process.arch}, ${model} x ${availableParallelism()}, ${memoryGb} GB`;
}
