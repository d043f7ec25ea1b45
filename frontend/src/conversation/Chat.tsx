// The view of one conversation: its thread, or the welcome view while it is empty, above the composer.
import type { ConversationMessage, Feed } from '@sillage/client';
import { limits } from '@sillage/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { useConfig } from '../hooks/useConfig.ts';
import { useDocumentTitle } from '../hooks/useDocumentTitle.ts';
import type { Route } from '../hooks/useRoute.ts';
import { useMessages } from '../i18n/Language.tsx';
import { ListNotice } from '../sidebar/ListNotice.tsx';
import type { ConversationList } from '../sidebar/list-store/conversation-list.ts';
import { useListState } from '../sidebar/useListState.ts';
import { DownIcon } from '../ui/icons.tsx';
import { Announcer } from './Announcer.tsx';
import { Composer, type ComposerHandle } from './composer/Composer.tsx';
import { Older } from './Older.tsx';
import { OwnSettingsDialog } from './own-settings/OwnSettingsDialog.tsx';
import { useOwnSettings } from './own-settings/useOwnSettings.ts';
import { usePendingSettings } from './own-settings/usePendingSettings.ts';
import { Connection } from './reply/Connection.tsx';
import { statusOfEnded } from './reply/reply-status.ts';
import { SessionsContext } from './reply/UnderWay.tsx';
import { Unreadable } from './reply/Unreadable.tsx';
import { Thread } from './Thread.tsx';
import { Topbar } from './Topbar.tsx';
import { useChatActions } from './useChatActions.ts';
import { useConversation } from './useConversation.ts';
import { useStickToBottom } from './useStickToBottom.ts';
import { useTarget } from './useTarget.ts';
import { Welcome } from './Welcome.tsx';

interface ChatProps {
  readonly feed: Feed;
  readonly list: ConversationList;
  readonly route: Route;
  /** Number of conversations with a new reply. */
  readonly unread: number;
  readonly isListShown: boolean;
  /** Whether notices of the conversation list are shown here, because the list itself is hidden. */
  readonly hasNotices: boolean;
  readonly onShowList: () => void;
  readonly onMessage: () => void;
  readonly onNew: () => void;
  readonly onOpen: (sessionId: string) => void;
  readonly onUnauthorized: () => void;
}

/** Renders a conversation and its composer. */
export function Chat(props: ChatProps) {
  const { feed, list, route, unread, isListShown, hasNotices, onShowList, onMessage, onNew, onOpen, onUnauthorized } =
    props;
  const messages = useMessages();
  const listState = useListState(list);
  const config = useConfig(onUnauthorized);
  const pending = usePendingSettings(config, route);
  const conversation = useConversation(route, { feed, settings: pending.change });
  const own = useOwnSettings(conversation, pending, config);
  const [isSetting, setSetting] = useState(false);
  const openSettings = useCallback(() => setSetting(true), []);
  const begin = useCallback(() => {
    pending.keep(pending.change);
    onMessage();
  }, [pending, onMessage]);
  const { messages: shown, title, live, freshId } = conversation;
  const [lastSession] = useStored(storedKeys.lastSession);
  const composer = useRef<ComposerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isEmpty = shown.length === 0;
  const { isAtEnd, jump, leave } = useStickToBottom(box, content, { isEmpty });
  const targetId = useTarget(route.messageId, { conversation, box, content, leaveEnd: leave });
  const actions = useChatActions(conversation, { composer, jump, onMessage: begin });
  const { sessionId } = route;
  const last = shown.at(-1);
  const row = listState.sessions.find((one) => one.sessionId === sessionId);
  const progress = live ? 'streaming' : hasBroken(last) ? 'broken' : 'ended';
  const isRefused = (conversation.code ?? last?.code) === 'unauthorized';

  useDocumentTitle(title, unread);
  useEffect(() => {
    if (isRefused) onUnauthorized();
  }, [isRefused, onUnauthorized]);
  const maxLength = config?.limits.messageLength ?? limits.messageLength;

  return (
    <main className="chat">
      <Topbar
        list={list}
        sessionId={sessionId}
        title={isEmpty ? undefined : title || messages.untitled}
        isPinned={row === undefined ? conversation.isPinned : row.pinned === true}
        isListShown={isListShown}
        onShowList={onShowList}
        onNew={onNew}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be scrollable by keyboard */}
      <section className="scroll" ref={box} tabIndex={0} aria-label={messages.conversation} data-scrolls>
        <div className="column" ref={content}>
          {conversation.status === 'loading' && isEmpty && <p className="loading">{messages.loading}</p>}
          {conversation.status === 'failed' && isEmpty && (
            <Unreadable code={conversation.code} onRetry={conversation.load} />
          )}
          {conversation.status === 'ready' && isEmpty && (
            <Welcome
              isDemo={config?.demo === true}
              note={conversation.isDeleted ? messages.deleted : undefined}
              lastSession={lastSession === sessionId || isListShown ? undefined : lastSession}
              onSend={actions.sendMessage}
              onOpen={onOpen}
            />
          )}
          <Older box={box} first={shown[0]?.id} hasMore={conversation.hasOlder} onMore={conversation.loadOlder} />
          {!isEmpty && (
            <SessionsContext value={listState.sessions}>
              <Thread
                conversation={conversation}
                maxLength={maxLength}
                targetId={targetId}
                onRegenerate={actions.regenerateReply}
                onContinue={actions.continueLast}
                onEdit={actions.sendEdited}
                onNew={onNew}
                onSignIn={onUnauthorized}
              />
            </SessionsContext>
          )}
        </div>
      </section>
      <div className="dock">
        <Connection feed={feed} />
        {hasNotices && <ListNotice list={list} state={listState} />}
        {!isAtEnd && !isEmpty && (
          <button type="button" className="button jump" onClick={actions.showNewest}>
            <DownIcon />
            {messages.jumpToNewest}
          </button>
        )}
        <Composer
          ref={composer}
          own={own}
          draftId={route.hasAddress ? sessionId : 'new'}
          isReady={conversation.status === 'ready'}
          progress={progress}
          config={config}
          maxLength={maxLength}
          onSend={actions.sendMessage}
          onStop={actions.stopByButton}
          onSettings={openSettings}
        />
      </div>
      {isSetting && config && <OwnSettingsDialog own={own} config={config} onClose={() => setSetting(false)} />}
      <Announcer last={last} live={live} isFresh={last !== undefined && last.id === freshId} />
    </main>
  );
}

/** Whether a reply was stopped, interrupted or failed, so that a queued message must not be sent. */
function hasBroken(reply: ConversationMessage | undefined): boolean {
  return reply?.role === 'assistant' && ['stopped', 'interrupted', 'failed'].includes(statusOfEnded(reply));
}
