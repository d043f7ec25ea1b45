// One block of a reply. A closed block is parsed once; the open block is parsed again after each change.
import { type ComponentType, lazy, memo, Suspense } from 'react';
import { isTooComplex } from '../blocks/complexity.ts';
import { fenceOf } from '../blocks/fence.ts';
import { type BlockViewProps, drawBlock } from '../draw-block.tsx';
import { FormulaView } from '../math/FormulaView.tsx';
import { closeFormula, endsInFormula, formulaOf } from '../math/formula.ts';
import { FencedCode } from './FencedCode.tsx';
import { SourceView } from './SourceView.tsx';

/** Renders one block. */
export const BlockView = memo(function BlockView(props: BlockViewProps) {
  const { kind, text, head, isOpen, wake } = props;
  if (kind === 'fence') return <FencedCode {...fenceOf(text)} isOpen={isOpen} wake={wake} />;
  const formula = formulaOfBlock(props);
  if (formula !== undefined) return <FormulaView source={formula} isOpen={isOpen && endsInFormula(text)} />;
  if (isTooComplex(head + text)) return <SourceView {...props} />;
  if (hasHtml(text)) {
    return (
      <Suspense fallback={drawBlock(props)}>
        <HtmlBlock {...props} />
      </Suspense>
    );
  }
  return drawBlock(props);
});

// If the module fails to load, the text is rendered without its tags.
const HtmlBlock = lazy<ComponentType<BlockViewProps>>(() =>
  import('./HtmlBlock.tsx').then(
    (loaded) => ({ default: loaded.HtmlBlock }),
    () => ({ default: drawBlock }),
  ),
);

/** Whether a text may contain an HTML tag that is rendered. */
function hasHtml(text: string): boolean {
  return /<\/?(?:sub|sup|kbd|mark|details|summary)\b/i.test(text);
}

/** Returns the source of a block that is a single display formula; an open block gets a temporary closing mark. */
function formulaOfBlock({ kind, text, isOpen }: BlockViewProps): string | undefined {
  if (kind !== 'flow' || !/^\s*(?:\$\$|\\\[)/.test(text)) return undefined;
  const source = isOpen ? closeFormula(text) : text;
  return formulaOf(source)?.isDisplay === true ? source.trim() : undefined;
}
