// The bar above a conversation: its title, its menu, and a button that shows the list if it is hidden.
import { useRef, useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import type { ConversationList } from '../sidebar/list-store/conversation-list.ts';
import { RenameField } from '../sidebar/RenameField.tsx';
import { menuItemsOf } from '../sidebar/session-menu.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { MoreIcon, PanelIcon, PinIcon, PlusIcon } from '../ui/icons.tsx';
import { Menu } from '../ui/Menu.tsx';
import { usePopover } from '../ui/usePopover.ts';

interface TopbarProps {
  readonly list: ConversationList;
  readonly sessionId: string;
  /** Absent in a conversation without messages. */
  readonly title: string | undefined;
  readonly isPinned: boolean;
  readonly isListShown: boolean;
  readonly onShowList: () => void;
  readonly onNew: () => void;
}

/** Renders the bar. */
export function Topbar({ list, sessionId, title, isPinned, isListShown, onShowList, onNew }: TopbarProps) {
  const messages = useMessages();
  const [isRenaming, setRenaming] = useState(false);
  const popover = usePopover();
  const menuButton = useRef<HTMLButtonElement>(null);
  const options = messages.list.options(title ?? '');

  const renamed = (next: string | undefined, byKey: boolean) => {
    setRenaming(false);
    if (next !== undefined) list.rename(sessionId, next);
    if (byKey) queueMicrotask(() => menuButton.current?.focus());
  };

  return (
    <header className="topbar">
      {!isListShown && (
        <>
          <IconButton id="show-list" label={messages.list.show} onClick={onShowList}>
            <PanelIcon />
          </IconButton>
          <IconButton label={messages.newConversation} onClick={onNew}>
            <PlusIcon />
          </IconButton>
        </>
      )}
      {isRenaming && title !== undefined ? (
        <RenameField title={title} onDone={renamed} />
      ) : (
        title !== undefined && (
          <h1 className="topbar-title" dir="auto" title={title}>
            {title}
          </h1>
        )
      )}
      {title !== undefined && isPinned && (
        <span className="topbar-pin" title={messages.list.isPinned}>
          <PinIcon />
          <span className="visually-hidden">{messages.list.isPinned}</span>
        </span>
      )}
      {title !== undefined && (
        <>
          <button
            ref={menuButton}
            type="button"
            className="button icon-button"
            aria-label={options}
            aria-haspopup="menu"
            {...popover.anchorProps}
          >
            <MoreIcon />
          </button>
          <Menu
            popover={popover}
            label={options}
            items={menuItemsOf(messages, {
              isPinned,
              pin: (pinned) => list.pin(sessionId, pinned),
              rename: () => setRenaming(true),
              save: (format) => list.save({ sessionId, title }, format),
              remove: () => list.remove({ sessionId, title }),
            })}
          />
        </>
      )}
    </header>
  );
}
