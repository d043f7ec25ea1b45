// One visit to one conversation: the thread, or the first visit's view, above the composer.

import { limits } from '@sillage/protocol';
import { useCallback, useEffect, useRef } from 'react';
import { canHover } from '../browser/pointer.ts';
import { storedKeys } from '../browser/stored.ts';
import { useConfig } from '../hooks/useConfig.ts';
import { useConversation } from '../hooks/useConversation.ts';
import { keepSent } from '../hooks/useDraft.ts';
import { useEscape } from '../hooks/useEscape.ts';
import { useStickToBottom } from '../hooks/useStickToBottom.ts';
import { useStored } from '../hooks/useStored.ts';
import type { Visit } from '../hooks/useVisit.ts';
import { useMessages } from '../i18n/Language.tsx';
import { Announcer } from './Announcer.tsx';
import { Composer, type ComposerHandle } from './Composer.tsx';
import { DownIcon } from './icons.tsx';
import { Thread } from './Thread.tsx';
import { Unreadable } from './Unreadable.tsx';
import { Welcome } from './Welcome.tsx';

interface ChatProps {
  readonly visit: Visit;
  readonly onMessage: () => void;
  readonly onNew: () => void;
  readonly onOpen: (sessionId: string) => void;
  readonly onUnauthorized: () => void;
}

/** Shows a conversation and takes messages for it. */
export function Chat({ visit, onMessage, onNew, onOpen, onUnauthorized }: ChatProps) {
  const messages = useMessages();
  const config = useConfig(onUnauthorized);
  const conversation = useConversation(visit);
  const { state, live, isAccepted, send, stop, withdraw } = conversation;
  const [lastSession] = useStored(storedKeys.lastSession);
  const composer = useRef<ComposerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { isAtEnd, jump } = useStickToBottom(box, content);
  const { sessionId } = visit;
  const isReading = live !== undefined;
  const last = state.messages.at(-1);
  const isRefused = (state.code ?? last?.code) === 'unauthorized';

  useEffect(() => {
    if (isRefused) onUnauthorized();
  }, [isRefused, onUnauthorized]);

  useEffect(() => {
    if (isAccepted) keepSent(sessionId, undefined);
  }, [isAccepted, sessionId]);

  const focus = useCallback(() => {
    if (canHover()) composer.current?.focus(); // on touch it would open the keyboard
  }, []);
  useEffect(focus, [focus]);

  useEscape(isReading, stop);

  const sendMessage = useCallback(
    (message: string) => {
      onMessage();
      keepSent(sessionId, message);
      send(message);
      jump();
      focus();
    },
    [focus, jump, onMessage, send, sessionId],
  );

  // Each of these takes its own button away: the focus goes to where one goes on.
  const retry = useCallback(() => {
    conversation.retry();
    focus();
  }, [conversation.retry, focus]);
  const stopByButton = useCallback(() => {
    stop();
    focus();
  }, [focus, stop]);
  const jumpToNewest = () => {
    jump();
    focus();
  };

  const prompt = state.messages.at(-2)?.text ?? '';
  const isTaken = last?.streamId !== undefined;
  const edit = useCallback(() => {
    composer.current?.restore(prompt);
    keepSent(sessionId, undefined);
    if (!isTaken) withdraw();
  }, [isTaken, prompt, sessionId, withdraw]);

  return (
    <main className="chat">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must do so by keyboard too */}
      <section className="scroll" ref={box} tabIndex={0} aria-label={messages.conversation}>
        <div className="column" ref={content}>
          {state.phase === 'loading' && <p className="loading">{messages.loading}</p>}
          {state.phase === 'unreadable' && <Unreadable code={state.code} onRetry={conversation.load} />}
          {state.phase === 'ready' && state.messages.length === 0 && (
            <Welcome
              isDemo={config?.demo === true}
              lastSession={lastSession === sessionId ? undefined : lastSession}
              onSend={sendMessage}
              onOpen={onOpen}
            />
          )}
          {state.messages.length > 0 && (
            <Thread conversation={conversation} onRetry={retry} onEdit={edit} onNew={onNew} onSignIn={onUnauthorized} />
          )}
        </div>
      </section>
      <div className="dock">
        {!isAtEnd && state.messages.length > 0 && (
          <button type="button" className="button jump" onClick={jumpToNewest}>
            <DownIcon />
            {messages.jumpToNewest}
          </button>
        )}
        <Composer
          ref={composer}
          draftId={visit.hasAddress ? sessionId : 'new'}
          isReady={state.phase === 'ready'}
          isStreaming={isReading}
          isDemo={config?.demo === true}
          maxLength={config?.limits.messageLength ?? limits.messageLength}
          onSend={sendMessage}
          onStop={stopByButton}
        />
      </div>
      <Announcer state={state} live={live} />
    </main>
  );
}
