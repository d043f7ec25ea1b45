// A formula as it was written: until it is typeset, and where it cannot be.
import type { Formula } from './formula.ts';

/** A formula, and how it was written. */
export interface TypesetProps extends Formula {
  readonly source: string;
}

/** Draws the source of a formula. */
export function FormulaSource({ source }: { readonly source: string }) {
  return <span className="formula-source">{source}</span>;
}
