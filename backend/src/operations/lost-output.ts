// An output that cannot be written any more (a closed pipe, a full disk) must not end the server: only its lines are lost.
import type { Writable } from 'node:stream';

/** Keeps the process alive when stdout or stderr cannot be written. Reports the loss once, on the other output. */
export function surviveLostOutput({ stdout, stderr }: { stdout: Writable; stderr: Writable }): void {
  survive(stdout, { name: 'stdout', other: stderr });
  survive(stderr, { name: 'stderr', other: stdout });
}

function survive(output: Writable, { name, other }: { name: string; other: Writable }): void {
  let isReported = false;
  output.on('error', ({ message }) => {
    if (isReported) return;
    isReported = true;
    other.write(`Sillage cannot write to ${name} (${message}). Its lines are lost; the server continues.\n`);
  });
}
