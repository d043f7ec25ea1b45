// One conversation in the list: a link to it, an indicator of an active reply, and its menu.
import type { SessionSummary } from '@sillage/protocol';
import { type MouseEvent, memo } from 'react';
import { pathOf } from '../browser/address.ts';
import { useMessages } from '../i18n/Language.tsx';
import { isForBrowser } from '../ui/HomeLink.tsx';
import { MoreIcon } from '../ui/icons.tsx';
import type { Popover } from '../ui/usePopover.ts';
import type { NamedSession } from './list-state.ts';
import { RenameField } from './RenameField.tsx';

interface ListRowProps {
  readonly session: SessionSummary;
  readonly isCurrent: boolean;
  readonly isTabStop: boolean;
  readonly isRenaming: boolean;
  readonly anchorProps: Popover['anchorProps'];
  readonly onOpen: (sessionId: string) => void;
  readonly onMenu: (session: NamedSession) => void;
  readonly onRenamed: (sessionId: string, title: string | undefined, byKey: boolean) => void;
}

/** Renders a row. */
export const ListRow = memo(function ListRow(props: ListRowProps) {
  const { session, isCurrent, isTabStop, isRenaming, anchorProps, onOpen, onMenu, onRenamed } = props;
  const { sessionId, title, activeStreamId } = session;
  const { list, untitled } = useMessages();
  const name = title || untitled;

  const open = (event: MouseEvent) => {
    if (isForBrowser(event)) return;
    event.preventDefault();
    onOpen(sessionId);
  };
  const showMenu = (event: MouseEvent<HTMLButtonElement>) => {
    onMenu({ sessionId, title: name });
    anchorProps.onClick(event);
  };

  return (
    <li className="row" data-session-id={sessionId} data-current={isCurrent || undefined}>
      {isRenaming ? (
        <RenameField title={name} onDone={(next, byKey) => onRenamed(sessionId, next, byKey)} />
      ) : (
        <>
          <a
            href={pathOf(sessionId)}
            title={name}
            tabIndex={isTabStop ? 0 : -1}
            aria-current={isCurrent ? 'page' : undefined}
            onClick={open}
          >
            <span className="row-title" dir="auto">
              {name}
            </span>
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
