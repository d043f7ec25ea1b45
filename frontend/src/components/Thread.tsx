// The messages, and the promise of the list: it follows the newest words only while the reader is there.
import { useMemo } from 'react';
import type { Conversation } from '../hooks/useConversation.ts';
import { useMessages } from '../i18n/Language.tsx';
import type { FailureActions } from './Failure.tsx';
import { Reply } from './Reply.tsx';

interface ThreadProps {
  readonly conversation: Conversation;
  readonly onRetry: () => void;
  readonly onEdit: () => void;
  readonly onNew: () => void;
  readonly onSignIn: () => void;
}

/** Draws the messages of a conversation in order. */
export function Thread({ conversation, onRetry, onEdit, onNew, onSignIn }: ThreadProps) {
  const messages = useMessages();
  const { state, live, reconnect } = conversation;
  const last = state.messages.length - 1;
  const actions = useMemo<FailureActions>(
    () => ({ retry: onRetry, reconnect, edit: onEdit, 'new-conversation': onNew, 'sign-in': onSignIn }),
    [onRetry, reconnect, onEdit, onNew, onSignIn],
  );

  return (
    <div className="thread">
      {state.messages.map((message, index) => {
        const key = `message-${index}`;
        if (message.role === 'assistant') {
          const isLast = index === last;
          const reply = { message, live: isLast ? live : undefined, actions: isLast ? actions : undefined };
          return <Reply key={key} {...reply} />;
        }
        return (
          <article key={key} className="prompt" aria-label={messages.you} data-testid="prompt">
            <p>{message.text}</p>
          </article>
        );
      })}
    </div>
  );
}
