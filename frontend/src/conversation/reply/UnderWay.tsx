// The other replies in progress, named where a limit delays or rejects one more.
import type { SessionSummary } from '@sillage/protocol';
import { createContext, useContext } from 'react';
import { useMessages } from '../../i18n/Language.tsx';

/** Context with the conversations of the list. */
export const SessionsContext = createContext<readonly SessionSummary[]>([]);

/** Renders how many other replies are in progress, and the titles of their conversations; nothing if there are none. */
export function UnderWay() {
  const { recovery } = useMessages();
  const titles = useContext(SessionsContext)
    .filter(({ activeStreamId }) => activeStreamId !== undefined)
    .map(({ title }) => title);
  return titles.length > 0 && <span>{recovery.underWay(titles.length, titles.join(', '))}</span>;
}
