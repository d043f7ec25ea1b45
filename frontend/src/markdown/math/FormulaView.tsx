// A formula: its source until KaTeX, which is loaded with the first one, has typeset it.
import { type ComponentType, lazy, memo, Suspense } from 'react';
import { FormulaSource, type TypesetProps } from './FormulaSource.tsx';
import { formulaOf } from './formula.ts';

const Typeset = lazy<ComponentType<TypesetProps>>(() =>
  import('./Typeset.tsx').then(
    (loaded) => ({ default: loaded.Typeset }),
    () => ({ default: ({ source }: TypesetProps) => <FormulaSource source={source} /> }),
  ),
);

/** Draws a formula; a source that is none is drawn as it was written. */
export const FormulaView = memo(function FormulaView({ source }: { readonly source: string }) {
  const formula = formulaOf(source);
  const written = <FormulaSource source={source} />;
  if (formula === undefined) return written;
  return (
    <Suspense fallback={written}>
      <Typeset source={source} {...formula} />
    </Suspense>
  );
});
