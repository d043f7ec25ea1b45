// The source of a formula: shown until the formula is typeset, and if it cannot be.
import type { Formula } from './formula.ts';

/** A formula and its source. */
export interface TypesetProps extends Formula {
  readonly source: string;
  /** Whether more of it may follow; its delimiters are then not shown. */
  readonly isOpen: boolean;
}

/** Renders the source of a formula. */
export function FormulaSource({ source }: { readonly source: string }) {
  return <span className="formula-source">{source}</span>;
}
