// A log that nobody takes any more (a closed pipe, a full disk) must not end the server: its lines are lost, nothing else.
import type { Writable } from 'node:stream';

/** Keeps the process alive when its output cannot be written. The other output tells of the loss, once. */
export function surviveLostOutput({ stdout, stderr }: { stdout: Writable; stderr: Writable }): void {
  survive(stdout, { name: 'stdout', other: stderr });
  survive(stderr, { name: 'stderr', other: stdout });
}

function survive(output: Writable, { name, other }: { name: string; other: Writable }): void {
  let isTold = false;
  output.on('error', ({ message }) => {
    if (isTold) return;
    isTold = true;
    other.write(`Sillage cannot write to ${name} (${message}). Its lines are lost; the server goes on.\n`);
  });
}
