// Actions that move or remove a row of the list, and keep the focus in the list.
import { type RefObject, useCallback, useEffect, useState } from 'react';
import type { ConversationList } from './list-store/conversation-list.ts';
import type { NamedSession } from './list-store/list-state.ts';

/** Returns the link of a row. */
export function rowOf(box: RefObject<HTMLElement | null>, sessionId: string): HTMLElement | null | undefined {
  return box.current?.querySelector(`[data-session-id="${CSS.escape(sessionId)}"] a`);
}

/** Deletes a row, and moves the focus to the row that takes its place. */
export function useRemove(list: ConversationList, box: RefObject<HTMLDivElement | null>) {
  const [place, setPlace] = useState<number>();

  useEffect(() => {
    if (place === undefined) return;
    const links = [...(box.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    (links[Math.min(place, links.length - 1)] ?? document.querySelector<HTMLElement>('.search input'))?.focus();
    setPlace(undefined);
  }, [place, box]);

  return useCallback(
    (session: NamedSession) => {
      const links = [...(box.current?.querySelectorAll<HTMLElement>('a') ?? [])];
      const at = links.findIndex((link) => link.parentElement?.dataset.sessionId === session.sessionId);
      list.remove(session);
      setPlace(Math.max(0, at));
    },
    [list, box],
  );
}

/** Pins or unpins a row, and keeps the focus on it while it moves. */
export function usePin(list: ConversationList, box: RefObject<HTMLDivElement | null>) {
  const [movedId, setMovedId] = useState<string>();

  useEffect(() => {
    if (movedId !== undefined) rowOf(box, movedId)?.focus();
    setMovedId(undefined);
  }, [movedId, box]);

  return useCallback(
    (sessionId: string, pinned: boolean) => {
      list.pin(sessionId, pinned);
      setMovedId(sessionId);
    },
    [list],
  );
}
