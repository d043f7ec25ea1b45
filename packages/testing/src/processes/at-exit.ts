// Cleanup for the end of the test process. vitest ends its workers by SIGTERM, which fires no `exit` event.
const pending = new Set<() => void>();

/** Runs `work`, which must be synchronous, when this process ends. Returns a function that cancels it. */
export function atExit(work: () => void): () => void {
  if (pending.size === 0) {
    process.on('exit', runAll);
    process.on('SIGTERM', exitTerminated);
  }
  pending.add(work);
  return () => {
    pending.delete(work);
    if (pending.size > 0) return;
    process.off('exit', runAll);
    process.off('SIGTERM', exitTerminated);
  };
}

function runAll(): void {
  for (const work of [...pending].reverse()) work(); // reverse order of registration: a server before its folder
}

function exitTerminated(): void {
  process.exit(143);
}
