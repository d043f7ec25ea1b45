// CPU time of all threads, memory and core of a process, from /proc. Linux only.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const microsPerTick = 10_000;

/** Returns the user and system CPU time of a process so far, all threads, in microseconds.
 *  Uses the scheduler's nanosecond counters where they exist, else the clock ticks of `stat`. */
export function cpuMicros(pid: number): number {
  try {
    const nanos = readdirSync(`/proc/${pid}/task`).map((thread) => readProcess(pid, `task/${thread}/schedstat`));
    return nanos.reduce((sum, text) => sum + Number.parseInt(text, 10) / 1000, 0);
  } catch {
    return ticksIn(readProcess(pid, 'stat')).own * microsPerTick;
  }
}

/** Returns the CPU time of a process and of all its children, including those that have ended. */
export function familyCpuMicros(pid: number): number {
  const running = readProcess(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  const ended = ticksIn(readProcess(pid, 'stat')).endedChildren * microsPerTick;
  return running.reduce((sum, child) => sum + lastCpuMicros(child), cpuMicros(pid) + ended);
}

/** A child that has just ended is counted next time, among its parent's ended children. */
function lastCpuMicros(pid: number): number {
  try {
    return cpuMicros(pid);
  } catch {
    return 0;
  }
}

/** Reads user and system time out of `/proc/<pid>/stat`, in ticks. The name before may contain spaces and brackets. */
export function ticksIn(stat: string): { own: number; endedChildren: number } {
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = stat
    .replace(/.*\)/s, '')
    .split(' ')
    .slice(12)
    .map(Number);
  return { own: user + system, endedChildren: endedUser + endedSystem };
}

/** Returns the resident memory of a process, in kB. */
export function memoryKb(pid: number): number {
  return Number(readProcess(pid, 'status').match(/VmRSS:\s+(\d+)/)?.[1]);
}

function readProcess(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

// `taskset`, and two cores or more.
const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

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
  return `${process.platform} ${process.arch}, ${model} x ${cpus().length}, ${memoryGb} GB`;
}
