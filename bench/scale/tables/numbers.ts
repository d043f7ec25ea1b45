// Formatting of numbers in tables.

/** Formats a number with three significant digits; NaN and Infinity are a dash. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value !== 0 && Math.abs(value) < 0.005) return '0.00';
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Formats a share in percent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${shown(share * 100)} %` : '-';
}
