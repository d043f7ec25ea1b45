// Measures the longest task of the event loop in CPU time of its thread, which does not grow when other processes use the
// processor.

/** The longest task since the last reading, and how long a fixed piece of work takes on this machine, in milliseconds of CPU. */
export interface Measured {
  readonly longestMs: number;
  readonly fixedWorkMs: number;
}

/** Times the tasks of this thread from its creation on. A task is what happens between two ticks of a timer of 1 ms. */
export class TaskTimer {
  #longestMs = 0;
  #before = cpuMs();

  constructor() {
    setInterval(() => this.#tick(), 1);
  }

  /** Reads the longest task so far, times the fixed work and starts anew. */
  read(): Measured {
    this.#tick();
    const measured = { longestMs: this.#longestMs, fixedWorkMs: timeFixedWork() };
    globalThis.gc?.(); // what earlier work has left is not collected during the next
    this.#longestMs = 0;
    this.#before = cpuMs();
    return measured;
  }

  #tick(): void {
    const now = cpuMs();
    this.#longestMs = Math.max(this.#longestMs, now - this.#before);
    this.#before = now;
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Returns the median time of writing and parsing 20,000 small objects as JSON. */
function timeFixedWork(): number {
  const rounds = Array.from({ length: 5 }, () => {
    const before = cpuMs();
    for (let id = 0; id < 20_000; id++) JSON.parse(JSON.stringify({ id, text: `text ${id}` }));
    return cpuMs() - before;
  });
  return rounds.sort((one, other) => one - other)[2] ?? 0;
}
