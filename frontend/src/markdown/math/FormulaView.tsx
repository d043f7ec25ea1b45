// A formula. Until KaTeX, which is loaded with the first formula, has typeset it, its source is shown without delimiters.
import { type ComponentType, lazy, memo, Suspense } from 'react';
import { FormulaSource, type TypesetProps } from './FormulaSource.tsx';
import { formulaOf } from './formula.ts';

const Typeset = lazy<ComponentType<TypesetProps>>(() =>
  import('./Typeset.tsx').then(
    (loaded) => ({ default: loaded.Typeset }),
    () => ({ default: ({ source, tex, isOpen }: TypesetProps) => <FormulaSource source={isOpen ? tex : source} /> }),
  ),
);

type FormulaViewProps = Pick<TypesetProps, 'source' | 'isOpen'>;

/** Renders a formula; a source that is not a formula is rendered unchanged. */
export const FormulaView = memo(function FormulaView({ source, isOpen }: FormulaViewProps) {
  const formula = formulaOf(source);
  if (formula === undefined) return <FormulaSource source={source} />;
  return (
    <Suspense fallback={<FormulaSource source={formula.tex} />}>
      <Typeset source={source} isOpen={isOpen} {...formula} />
    </Suspense>
  );
});
