// Code in the language of Mermaid: a diagram once its fence is closed. Its source stays one click away, and stands in its
// place until it is drawn and if it cannot be.
import { memo, useRef, useState } from 'react';
import { useMessages } from '../../i18n/Language.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { CodeIcon } from '../../ui/icons.tsx';
import { CodeBlock, type CodeBlockProps } from '../views/CodeBlock.tsx';
import { useScrollable } from '../views/useScrollable.ts';
import type { Drawing } from './messages.ts';
import { useDrawing } from './useDrawing.ts';

interface DiagramBlockProps extends CodeBlockProps {
  /** Whether the source is complete. */
  readonly isClosed: boolean;
}

/** Renders a diagram. */
export const DiagramBlock = memo(function DiagramBlock({ isClosed, ...props }: DiagramBlockProps) {
  const messages = useMessages();
  const box = useRef<HTMLElement>(null);
  const drawing = useDrawing(isClosed ? props.code : undefined, box);
  const [isSource, setSource] = useState(false);
  if (drawing === undefined || drawing === 'failed') {
    return <CodeBlock {...props} ref={box} note={drawing === 'failed' ? messages.diagram.failed : undefined} />;
  }
  return (
    <CodeBlock
      {...props}
      ref={box}
      picture={isSource ? undefined : <Picture {...drawing} />}
      action={
        <IconButton
          isSmall
          label={messages.diagram.showSource}
          aria-pressed={isSource}
          onClick={() => setSource(!isSource)}
        >
          <CodeIcon />
        </IconButton>
      }
    />
  );
});

/** Renders an SVG as an image: it runs no scripts and loads nothing. */
function Picture({ svg, width, height }: Drawing) {
  const messages = useMessages();
  const { ref, tabIndex } = useScrollable<HTMLDivElement>();
  return (
    <div className="diagram" ref={ref} tabIndex={tabIndex}>
      <img
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`}
        alt={messages.diagram.label}
        width={Math.ceil(width)}
        height={Math.ceil(height)}
      />
    </div>
  );
}
