// The clock of all processes of a run: monotonic microseconds, written as ten digits inside a token.

const wrap = 10_000_000_000;

/** The length of a stamp in characters. */
export const stampLength = 10;

/** Returns the time in microseconds, modulo ten digits. Only differences are meaningful. */
export function nowMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return (seconds % 10_000) * 1_000_000 + Math.floor(nanos / 1000);
}

/** Writes a time as a stamp. */
export function stampOf(micros: number): string {
  return String(micros).padStart(stampLength, '0');
}

/** Returns the time between two moments, also across the wrap. */
export function microsBetween(earlier: number, later: number): number {
  return (later - earlier + wrap) % wrap;
}

/** Reads a stamp from bytes; undefined where they are not ten digits, as at the end of a read. */
export function stampAt(bytes: Uint8Array, at: number): number | undefined {
  let micros = 0;
  for (let i = at; i < at + stampLength; i++) {
    const digit = (bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return undefined;
    micros = micros * 10 + digit;
  }
  return micros;
}
