// Components for the elements of a reply. The model controls none of their attributes freely.
import type { Element, ElementContent } from 'hast';
import type { ComponentProps } from 'react';
import type { Components, ExtraProps } from 'react-markdown';
import { useMessages } from '../i18n/Language.tsx';
import { languageOf } from './blocks/fence.ts';
import type { Wake } from './blocks/wake.ts';
import { FormulaView } from './math/FormulaView.tsx';
import { FencedCode } from './views/FencedCode.tsx';
import { Link } from './views/Link.tsx';
import { Picture } from './views/Picture.tsx';
import { TableFrame } from './views/TableFrame.tsx';

/** Component of each element. Headings of a reply are lowered by one level, below the page's own headings. */
export const elements: Components = {
  h1: ({ children }) => (
    <h2 dir="auto" className="h1">
      {children}
    </h2>
  ),
  h2: ({ children }) => (
    <h3 dir="auto" className="h2">
      {children}
    </h3>
  ),
  h3: ({ children }) => (
    <h4 dir="auto" className="h3">
      {children}
    </h4>
  ),
  h4: ({ children }) => (
    <h5 dir="auto" className="h3">
      {children}
    </h5>
  ),
  h5: ({ children }) => (
    <h6 dir="auto" className="h3">
      {children}
    </h6>
  ),
  h6: ({ children }) => (
    <h6 dir="auto" className="h3">
      {children}
    </h6>
  ),
  p: ({ children }) => <p dir="auto">{children}</p>,
  li: ({ className, children }) => (
    <li dir="auto" className={className}>
      {children}
    </li>
  ),
  blockquote: ({ children }) => <blockquote dir="auto">{children}</blockquote>,
  a: ({ href = '', node, children }) => (
    <Link address={href} words={wordsOf(node)} isPicture={hasPicture(node)}>
      {children}
    </Link>
  ),
  img: ({ src, alt = '' }) => <Picture address={typeof src === 'string' ? src : ''} description={alt} />,
  code: ({ node, className, children }) =>
    node?.properties.dataFormula === undefined ? (
      <code className={className}>{children}</code>
    ) : (
      <FormulaView source={wordsOf(node)} isOpen={node.properties.dataFormula === 'open'} />
    ),
  pre: ({ node }) => <NestedCode node={node} />,
  table: ({ children }) => <TableFrame>{children}</TableFrame>,
  th: ({ style, children }) => (
    <th scope="col" dir="auto" data-align={style?.textAlign}>
      {children}
    </th>
  ),
  td: ({ style, children }) => (
    <td dir="auto" data-align={style?.textAlign}>
      {children}
    </td>
  ),
  input: ({ checked }: ComponentProps<'input'>) => <Task isDone={checked === true} />,
};

function Task({ isDone }: { readonly isDone: boolean }) {
  const { task } = useMessages();
  return <span className="task" data-done={isDone} role="img" aria-label={isDone ? task.done : task.open} />;
}

/** Renders code within a list or a quote; fenced code at the top level of a reply bypasses the parser. */
function NestedCode({ node }: ExtraProps) {
  const code = node?.children.find((child): child is Element => child.type === 'element');
  const className = code?.properties.className;
  const name = Array.isArray(className) ? String(className[0] ?? '').replace(/^language-/, '') : '';
  const wake = node?.properties.dataWake;
  const isOpen = isWake(wake) && wake === 'running';
  return (
    <FencedCode
      code={wordsOf(code).replace(/\n$/, '')}
      language={languageOf(name)}
      isOpen={isOpen}
      isClosed={!isOpen}
      wake={isWake(wake) ? wake : 'none'}
    />
  );
}

function isWake(value: unknown): value is Wake {
  return value === 'running' || value === 'settling';
}

function wordsOf(node: ElementContent | undefined): string {
  if (node?.type === 'text') return node.value;
  return node?.type === 'element' ? node.children.map(wordsOf).join('') : '';
}

function hasPicture(node: ElementContent | undefined): boolean {
  return node?.type === 'element' && (node.tagName === 'img' || node.children.some(hasPicture));
}
