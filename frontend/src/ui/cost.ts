// Costs, in the currency of the operator's prices.

/** Writes a cost with enough digits for small ones. */
export function costWords(cost: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(cost);
}
