// Code in colours. Loaded only when a reply holds code in a named language. Makes elements, never HTML from a string.
import { common, createLowlight } from 'lowlight';
import { memo, type ReactNode } from 'react';

const lowlight = createLowlight(common);

interface HighlightedProps {
  readonly code: string;
  readonly language: string;
}

/** Draws `code` in the colours of its language; plain where it is not known. */
export const Highlighted = memo(function Highlighted({ code, language }: HighlightedProps) {
  const name = language.toLowerCase();
  return lowlight.registered(name) ? drawn(lowlight.highlight(name, code).children) : code;
});

type Token = ReturnType<typeof lowlight.highlight>['children'][number];

function drawn(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => {
    if (token.type === 'text') return token.value;
    if (token.type !== 'element') return null;
    const { className } = token.properties;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: code only grows at its end, so a word keeps its index
      <span key={index} className={Array.isArray(className) ? className.join(' ') : undefined}>
        {drawn(token.children)}
      </span>
    );
  });
}
