// The rows of the list, pinned ones first and the others by day, or a placeholder if there are none. One row is a tab stop; arrow keys move it.
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useEdge } from '../hooks/useEdge.ts';
import { useLanguage } from '../i18n/Language.tsx';
import { Menu } from '../ui/Menu.tsx';
import { usePopover } from '../ui/usePopover.ts';
import { groupRows } from './days.ts';
import { ListEmpty } from './ListEmpty.tsx';
import { ListRow } from './ListRow.tsx';
import type { ConversationList } from './list-store/conversation-list.ts';
import { type ListState, type NamedSession, shownSessions } from './list-store/list-state.ts';
import { menuItemsOf } from './session-menu.tsx';
import { rowOf, usePin, useRemove } from './useRowActions.ts';
import { useToday } from './useToday.ts';

interface ListRowsProps {
  readonly list: ConversationList;
  readonly state: ListState;
  /** The text in the search field; the rows may still be the results of an earlier text. */
  readonly search: string;
  readonly sessionId: string;
  readonly unread: ReadonlySet<string>;
  readonly onOpen: (sessionId: string, messageId?: string) => void;
}

/** Renders the rows; loads the next page when the end of the list is near. */
export function ListRows({ list, state, search, sessionId, unread, onOpen }: ListRowsProps) {
  const { locale, messages } = useLanguage();
  const now = useToday();
  const sessions = shownSessions(state);
  const pinnedLabel = messages.list.pinned;
  const groups = useMemo(() => groupRows(sessions, { locale, now, pinnedLabel }), [sessions, locale, now, pinnedLabel]);
  const [focusedId, setFocusedId] = useState<string>();
  const [renamingId, setRenamingId] = useState<string>();
  const [menuOf, setMenuOf] = useState<NamedSession>();
  const popover = usePopover();
  const box = useRef<HTMLDivElement>(null);
  const end = useEdge(list.more);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the results of another search start at the top
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = 0;
  }, [state.search]);
  const stop = tabStopOf(sessions, [focusedId, sessionId]);
  const rename = useCallback(
    (id: string, title: string | undefined, byKey: boolean) => {
      setRenamingId(undefined);
      if (title !== undefined) list.rename(id, title);
      if (byKey) queueMicrotask(() => rowOf(box, id)?.focus());
    },
    [list],
  );
  const remove = useRemove(list, box);
  const pin = usePin(list, box);

  const press = (event: KeyboardEvent) => {
    const row = event.target instanceof HTMLElement ? event.target.closest('li') : null;
    const session = sessions.find((one) => one.sessionId === row?.dataset.sessionId);
    if (session === undefined || event.target instanceof HTMLInputElement) return;
    const links = [...(box.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.findIndex((link) => link.parentElement === row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === -1) document.querySelector<HTMLElement>('.search input')?.focus();
    else if (to !== undefined) links[Math.min(to, links.length - 1)]?.focus();
    else if (event.key === 'F2') setRenamingId(session.sessionId);
    else if (event.key === 'Delete') remove(session);
    else return;
    event.preventDefault();
  };

  const chosen = sessions.find((one) => one.sessionId === menuOf?.sessionId);
  const { activeStreamId, pinned: isPinned = false } = chosen ?? {};

  if (sessions.length === 0) return <ListEmpty list={list} state={state} search={search} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys go through the links and buttons inside
    <div
      ref={box}
      className="rows"
      data-scrolls
      aria-busy={state.phase === 'loading'}
      onKeyDown={press}
      onFocus={(event) => setFocusedId(event.target.closest('li')?.dataset.sessionId)}
    >
      {groups.map(({ day, label, sessions }) => (
        <section key={day} className="day" aria-labelledby={`day-${day}`}>
          <h2 id={`day-${day}`}>{label}</h2>
          <ul>
            {sessions.map((session) => (
              <ListRow
                key={session.sessionId}
                session={session}
                isCurrent={session.sessionId === sessionId}
                isUnread={unread.has(session.sessionId)}
                isTabStop={session.sessionId === stop}
                isRenaming={session.sessionId === renamingId}
                anchorProps={popover.anchorProps}
                onOpen={onOpen}
                onMenu={setMenuOf}
                onRenamed={rename}
              />
            ))}
          </ul>
        </section>
      ))}
      <div key={sessions.length} ref={end} className="rows-end">
        {state.isLoadingMore && <span className="visually-hidden">{messages.list.loading}</span>}
        {state.next !== undefined && !state.isLoadingMore && (
          <button type="button" className="button quiet" onClick={list.more}>
            {messages.list.more}
          </button>
        )}
      </div>
      <Menu
        popover={popover}
        label={messages.list.options(menuOf?.title ?? '')}
        items={
          menuOf === undefined
            ? []
            : menuItemsOf(messages, {
                stop: activeStreamId === undefined ? undefined : () => list.stop(activeStreamId),
                isPinned,
                pin: (pinned) => pin(menuOf.sessionId, pinned),
                rename: () => setRenamingId(menuOf.sessionId),
                save: (format) => list.save(menuOf, format),
                remove: () => remove(menuOf),
              })
        }
      />
      <p className="visually-hidden" aria-live="polite">
        {state.search !== '' && state.phase === 'ready' && messages.list.found(sessions.length)}
      </p>
    </div>
  );
}

function tabStopOf(sessions: readonly NamedSession[], wishes: readonly (string | undefined)[]): string | undefined {
  const known = new Set(sessions.map(({ sessionId }) => sessionId));
  return wishes.find((id) => id !== undefined && known.has(id)) ?? sessions[0]?.sessionId;
}
