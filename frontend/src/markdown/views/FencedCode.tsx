// Code between fences: a code block, or a diagram in the language of Mermaid.
import { DiagramBlock } from '../diagram/DiagramBlock.tsx';
import { CodeBlock, type CodeBlockProps } from './CodeBlock.tsx';

interface FencedCodeProps extends CodeBlockProps {
  /** Whether the closing fence has arrived. */
  readonly isClosed: boolean;
}

/** Renders fenced code. */
export function FencedCode({ isClosed, ...props }: FencedCodeProps) {
  if (props.language.toLowerCase() === 'mermaid') return <DiagramBlock {...props} isClosed={isClosed} />;
  return <CodeBlock {...props} />;
}
