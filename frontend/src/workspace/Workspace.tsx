// The page of a signed-in person: the list beside the conversation, and the dialogs above both.
import { useFeed } from '@sillage/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Shortcut } from '../browser/shortcuts.ts';
import { Chat } from '../conversation/Chat.tsx';
import type { Navigation, Route } from '../hooks/useRoute.ts';
import { useShortcuts } from '../hooks/useShortcuts.ts';
import { useMessages } from '../i18n/Language.tsx';
import { Settings } from '../settings/Settings.tsx';
import { Shortcuts } from '../settings/Shortcuts.tsx';
import { useUnread } from '../sidebar/list-store/unread.ts';
import { Sidebar } from '../sidebar/Sidebar.tsx';
import { useListShown } from '../sidebar/useListShown.ts';
import { useListState } from '../sidebar/useListState.ts';
import { ModalBox } from '../ui/Dialog.tsx';
import { useNotifyEnd } from './useNotifyEnd.ts';
import type { WorkspaceStores } from './useWorkspaceStores.ts';

interface WorkspaceProps {
  readonly stores: WorkspaceStores;
  readonly route: Route;
  readonly navigation: Navigation;
  readonly onUnauthorized: () => void;
  readonly onSignOut: () => void;
}

/** Renders the conversation and the list, which is a drawer in narrow windows. */
export function Workspace({ stores: { feed, list }, route, navigation, onUnauthorized, onSignOut }: WorkspaceProps) {
  const messages = useMessages();
  const { phase, code, problem, removed } = useListState(list);
  const shown = useListShown();
  const [dialog, setDialog] = useState<'settings' | 'shortcuts'>();
  const searchField = useRef<HTMLInputElement>(null);
  const { openNew, open } = navigation;
  const { code: feedCode } = useFeed(feed);
  const isRefused = [phase === 'failed' && code, problem?.code, feedCode].includes('unauthorized');

  useEffect(() => {
    if (isRefused) onUnauthorized();
  }, [isRefused, onUnauthorized]);

  const isOpenRemoved = removed?.sessionId === route.sessionId;
  useEffect(() => {
    if (isOpenRemoved) openNew();
  }, [isOpenRemoved, openNew]);

  const { close: closeDrawer, isDrawer } = shown;
  const openFromList = useCallback(
    (sessionId: string, messageId?: string) => {
      closeDrawer();
      open(sessionId, messageId);
    },
    [closeDrawer, open],
  );
  const openNewFromList = useCallback(() => {
    closeDrawer();
    openNew();
    focusComposer();
  }, [closeDrawer, openNew]);

  const { show, toggle } = shown;
  const act = useCallback(
    (shortcut: Shortcut) => {
      const acts: Record<Shortcut, () => void> = {
        write: focusComposer,
        search: () => {
          show();
          queueMicrotask(() => searchField.current?.focus());
        },
        fresh: openNewFromList,
        'toggle-list': toggle,
        undo: list.undo,
        help: () => setDialog('shortcuts'),
      };
      if (shortcut === 'undo' && removed === undefined) return false;
      acts[shortcut]();
      return true;
    },
    [show, toggle, openNewFromList, list, removed],
  );
  useShortcuts(act);
  const unread = useUnread(feed, {
    sessionId: route.sessionId,
    onEnded: useNotifyEnd({ feed, list, onOpen: openFromList }),
  });

  const sidebar = (
    <Sidebar
      list={list}
      sessionId={route.sessionId}
      unread={unread}
      searchField={searchField}
      onOpen={openFromList}
      onNew={openNewFromList}
      onHide={shown.hide}
      onSettings={() => setDialog('settings')}
      onShortcuts={() => setDialog('shortcuts')}
    />
  );

  return (
    <div className="workspace">
      <a className="skip" href="#composer">
        {messages.skipToComposer}
      </a>
      {shown.isShown && !isDrawer && sidebar}
      {shown.isShown && isDrawer && (
        <ModalBox className="drawer" label={{ 'aria-label': messages.list.label }} onClose={closeDrawer}>
          {sidebar}
        </ModalBox>
      )}
      <Chat
        key={route.sessionId}
        feed={feed}
        list={list}
        route={route}
        unread={unread.size}
        isListShown={shown.isShown && !isDrawer}
        hasNotices={!shown.isShown}
        onShowList={show}
        onMessage={navigation.keep}
        onNew={openNewFromList}
        onOpen={open}
        onUnauthorized={onUnauthorized}
      />
      {dialog === 'settings' && (
        <Settings
          list={list}
          onClose={() => setDialog(undefined)}
          onErased={() => {
            setDialog(undefined);
            openNewFromList();
          }}
          onSignOut={onSignOut}
        />
      )}
      {dialog === 'shortcuts' && <Shortcuts onClose={() => setDialog(undefined)} />}
    </div>
  );
}

function focusComposer(): void {
  queueMicrotask(() => document.getElementById('composer')?.focus());
}
