// One conversation in the list: a link to it, an indicator of an active reply, and its menu.
import type { SearchMatch, SessionSummary } from '@sillage/protocol';
import { Fragment, type MouseEvent, memo } from 'react';
import { pathOf } from '../browser/address.ts';
import { useMessages } from '../i18n/Language.tsx';
import { isForBrowser } from '../ui/HomeLink.tsx';
import { MoreIcon } from '../ui/icons.tsx';
import type { Popover } from '../ui/usePopover.ts';
import type { NamedSession } from './list-store/list-state.ts';
import { RenameField } from './RenameField.tsx';

interface ListRowProps {
  readonly session: SessionSummary;
  readonly isCurrent: boolean;
  /** Whether a reply has ended while the conversation was not on screen. */
  readonly isUnread: boolean;
  readonly isTabStop: boolean;
  readonly isRenaming: boolean;
  readonly anchorProps: Popover['anchorProps'];
  readonly onOpen: (sessionId: string, messageId?: string) => void;
  readonly onMenu: (session: NamedSession) => void;
  readonly onRenamed: (sessionId: string, title: string | undefined, byKey: boolean) => void;
}

/** Renders a row. */
export const ListRow = memo(function ListRow(props: ListRowProps) {
  const { session, isCurrent, isUnread, isTabStop, isRenaming, anchorProps, onOpen, onMenu, onRenamed } = props;
  const { sessionId, title, activeStreamId, match } = session;
  const { list, untitled } = useMessages();
  const name = title || untitled;

  const open = (event: MouseEvent) => {
    if (isForBrowser(event)) return;
    event.preventDefault();
    onOpen(sessionId, match?.messageId);
  };
  const showMenu = (event: MouseEvent<HTMLButtonElement>) => {
    onMenu({ sessionId, title: name });
    anchorProps.onClick(event);
  };

  return (
    <li
      className="row"
      data-session-id={sessionId}
      data-current={isCurrent || undefined}
      data-unread={isUnread || undefined}
    >
      {isRenaming ? (
        <RenameField title={name} onDone={(next, byKey) => onRenamed(sessionId, next, byKey)} />
      ) : (
        <>
          <a
            href={pathOf(sessionId, match?.messageId)}
            title={name}
            tabIndex={isTabStop ? 0 : -1}
            aria-current={isCurrent ? 'page' : undefined}
            onClick={open}
          >
            <span className="row-words">
              <span className="row-title" dir="auto">
                {name}
              </span>
              {match !== undefined && <Excerpt match={match} />}
            </span>
            {isUnread && activeStreamId === undefined && (
              <span className="dot" data-still data-testid="unread">
                <span className="visually-hidden">({list.unread})</span>
              </span>
            )}
            {activeStreamId !== undefined && (
              <span className="dot" data-testid="under-way">
                <span className="visually-hidden">({list.underWay})</span>
              </span>
            )}
          </a>
          <button
            type="button"
            className="button icon-button small row-menu"
            tabIndex={isTabStop ? 0 : -1}
            aria-label={list.options(name)}
            aria-haspopup="menu"
            popoverTarget={anchorProps.popoverTarget}
            onClick={showMenu}
          >
            <MoreIcon />
          </button>
        </>
      )}
    </li>
  );
});

/** Renders the text around a search hit with its words marked. */
function Excerpt({ match: { excerpt, marks } }: { readonly match: SearchMatch }) {
  return (
    <span className="row-excerpt" dir="auto">
      {marks.map(([start, end], index) => (
        <Fragment key={start}>
          {excerpt.slice(marks[index - 1]?.[1] ?? 0, start)}
          <mark>{excerpt.slice(start, end)}</mark>
        </Fragment>
      ))}
      {excerpt.slice(marks.at(-1)?.[1] ?? 0)}
    </span>
  );
}
