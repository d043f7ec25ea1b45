// Highlighted code. Loaded only when a reply contains code in a named language. Creates elements, never HTML from a
// string.
import { common, createLowlight } from 'lowlight';
import { memo, type ReactNode, useEffect, useState } from 'react';
import { languageNamed } from '../languages.ts';

const lowlight = createLowlight(common);

interface HighlightedProps {
  readonly code: string;
  readonly language: string;
}

/** Renders `code` with syntax highlighting, or as plain text if the language is unknown. */
export const Highlighted = memo(function Highlighted({ code, language }: HighlightedProps) {
  const name = useLanguage(language.toLowerCase());
  return name === undefined ? code : drawn(lowlight.highlight(name, code).children);
});

/** Returns the registered name of a language; `undefined` until its grammar has loaded, and for unknown languages. */
function useLanguage(name: string): string | undefined {
  const other = languageNamed(name);
  const known = lowlight.registered(name) ? name : other && lowlight.registered(other.name) ? other.name : undefined;
  const [, redraw] = useState(0);

  useEffect(() => {
    const missing = known === undefined ? languageNamed(name) : undefined;
    missing?.load().then(
      ({ default: language }) => {
        lowlight.register(missing.name, language);
        redraw((times) => times + 1);
      },
      () => undefined, // the code stays without colours
    );
  }, [known, name]);

  return known;
}

type Token = ReturnType<typeof lowlight.highlight>['children'][number];

function drawn(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => {
    if (token.type === 'text') return token.value;
    if (token.type !== 'element') return null;
    const { className } = token.properties;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: code only grows at its end, so a token keeps its index
      <span key={index} className={Array.isArray(className) ? className.join(' ') : undefined}>
        {drawn(token.children)}
      </span>
    );
  });
}
