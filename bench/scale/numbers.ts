// How numbers are written in the tables: with as many digits as mean something.

/** Writes a number with three digits that count; what is none, or no number is enough for, is a dash. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value !== 0 && Math.abs(value) < 0.005) return '0.00';
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Writes a share in percent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${shown(share * 100)} %` : '-';
}
