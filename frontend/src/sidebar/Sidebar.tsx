// The sidebar: a button for a new conversation, the search field, and the list. It is beside the conversation or in a
// drawer.

import { type RefObject, useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { HomeLink } from '../ui/HomeLink.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { GearIcon, KeyboardIcon, PanelIcon, PlusIcon, WakeMark } from '../ui/icons.tsx';
import { ListNotice } from './ListNotice.tsx';
import { ListRows } from './ListRows.tsx';
import type { ConversationList } from './list-store/conversation-list.ts';
import { SearchField } from './SearchField.tsx';
import { useListState } from './useListState.ts';

interface SidebarProps {
  readonly list: ConversationList;
  /** The open conversation. */
  readonly sessionId: string;
  /** Conversations with a new reply. */
  readonly unread: ReadonlySet<string>;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onOpen: (sessionId: string, messageId?: string) => void;
  readonly onNew: () => void;
  readonly onHide: () => void;
  readonly onSettings: () => void;
  readonly onShortcuts: () => void;
}

/** Renders the list, and the buttons for the whole page below it. */
export function Sidebar(props: SidebarProps) {
  const { list, sessionId, unread, searchField, onOpen, onNew, onHide, onSettings, onShortcuts } = props;
  const messages = useMessages();
  const state = useListState(list);
  const [search, setSearch] = useState(state.search);

  const searchFor = (text: string) => {
    setSearch(text);
    list.search(text);
  };

  return (
    <nav className="sidebar" aria-label={messages.list.label}>
      <div className="sidebar-head">
        <HomeLink onHome={onNew}>
          <WakeMark />
          Sillage
        </HomeLink>
        <IconButton id="hide-list" label={messages.list.hide} onClick={onHide}>
          <PanelIcon />
        </IconButton>
      </div>
      <div className="sidebar-tools">
        <button type="button" className="button new-conversation" onClick={onNew}>
          <PlusIcon />
          {messages.newConversation}
        </button>
        <SearchField
          ref={searchField}
          text={search}
          isSearching={state.phase === 'loading' && search !== ''}
          onSearch={searchFor}
        />
      </div>
      <ListRows list={list} state={state} search={search} sessionId={sessionId} unread={unread} onOpen={onOpen} />
      <ListNotice list={list} state={state} />
      <div className="sidebar-foot">
        <button type="button" className="button quiet" onClick={onSettings}>
          <GearIcon />
          {messages.settings.title}
        </button>
        <button
          type="button"
          className="button icon-button keyboard-only"
          aria-label={messages.shortcuts.title}
          title={messages.shortcuts.title}
          onClick={onShortcuts}
        >
          <KeyboardIcon />
        </button>
      </div>
    </nav>
  );
}
