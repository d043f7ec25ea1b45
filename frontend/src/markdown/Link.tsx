// A link that a model wrote: it says where it leads, opens beside the page, and tells that place nothing about it.
import type { ReactNode } from 'react';
import { linkTarget, placeToShow } from './targets.ts';

interface LinkProps {
  /** Anything a model can write; what is no web or mail address is drawn as words. */
  readonly address: string;
  /** The words of the link, as a reader sees them. */
  readonly words: string;
  /** Pictures have their own button, which cannot stand inside a link. */
  readonly isPicture: boolean;
  readonly children: ReactNode;
}

/** Draws a link. */
export function Link({ address, words, isPicture, children }: LinkProps) {
  const target = linkTarget(address);
  if (target === undefined) return children;
  const place = placeToShow(target, words);
  const attributes = { href: target.href, title: target.href, target: '_blank', rel: 'noopener noreferrer' } as const;
  if (isPicture) {
    return (
      <>
        {children} <a {...attributes}>{place || target.href}</a>
      </>
    );
  }
  return (
    <a {...attributes}>
      {children}
      {place !== '' && <span className="link-place"> {place}</span>}
    </a>
  );
}
