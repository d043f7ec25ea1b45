// A link in a reply: shows its destination, opens in a new tab, and sends neither a referrer nor an opener.
import type { ReactNode } from 'react';
import { linkTarget, placeToShow } from '../targets.ts';

interface LinkProps {
  /** Untrusted address; only web and mail addresses become links, any other is rendered as text. */
  readonly address: string;
  /** The visible text of the link. */
  readonly words: string;
  /** Whether the link contains a picture: a picture has its own button, which cannot be nested in a link. */
  readonly isPicture: boolean;
  readonly children: ReactNode;
}

/** Renders a link. */
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
