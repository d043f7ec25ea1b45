// The messages of the selected branch. While a reply grows, only the last message is rendered again.
import type { ConversationMessage } from '@sillage/client';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { createJoiner, type ShownMessage } from './joined-replies.ts';
import { Prompt } from './Prompt.tsx';
import type { FailureActions } from './reply/Failure.tsx';
import { Reply } from './reply/Reply.tsx';
import type { PageConversation } from './useConversation.ts';

interface ThreadProps {
  readonly conversation: PageConversation;
  readonly maxLength: number;
  /** The message at which the conversation was opened. */
  readonly targetId: string | undefined;
  readonly onRegenerate: (messageId: string) => void;
  readonly onContinue: (messageId: string) => void;
  readonly onEdit: (messageId: string, text: string) => void;
  readonly onNew: () => void;
  readonly onSignIn: () => void;
}

/** Renders the messages of a conversation in order. */
export function Thread(props: ThreadProps) {
  const { conversation, maxLength, targetId, onRegenerate, onContinue, onEdit, onNew, onSignIn } = props;
  const { sessionId, messages, live, freshId, load, select } = conversation;
  const [join] = useState(createJoiner);
  const shown = join(messages);
  const [editingId, setEditingId] = useState<string>();
  const last = messages.at(-1);
  const promptId = messages.findLast(({ role }) => role === 'user')?.id;
  const lastId = last?.id;
  const actions = useMemo<FailureActions>(
    () => ({
      retry: () => lastId !== undefined && onRegenerate(lastId),
      reconnect: () => void load(),
      edit: () => setEditingId(promptId),
      'new-conversation': onNew,
      'sign-in': onSignIn,
    }),
    [lastId, promptId, onRegenerate, load, onNew, onSignIn],
  );
  const edit = useCallback(
    (messageId: string, text: string) => {
      setEditingId(undefined);
      onEdit(messageId, text);
    },
    [onEdit],
  );

  return (
    <div className="thread">
      {shown.map(({ message, ids }, index) => {
        const key = placeOf(shown, index);
        const common = {
          sessionId,
          message,
          isTarget: targetId !== undefined && ids.includes(targetId),
          onSelect: select,
        };
        if (message.role === 'user') {
          const isEditing = message.id === editingId;
          const editing = { isEditing, maxLength, onEditing: setEditingId, onEdit: edit };
          return (
            <MessageBoundary key={key} message={message}>
              <Prompt {...common} {...editing} />
            </MessageBoundary>
          );
        }
        const partId = ids.at(-1) ?? message.id;
        const isLast = partId === lastId;
        return (
          <MessageBoundary key={key} message={message}>
            <Reply
              {...common}
              live={isLast ? live : undefined}
              lastId={partId}
              isFresh={partId === freshId}
              actions={isLast ? actions : undefined}
              onRegenerate={onRegenerate}
              onContinue={onContinue}
            />
          </MessageBoundary>
        );
      })}
    </div>
  );
}

interface MessageBoundaryProps {
  readonly message: ConversationMessage;
  readonly children: ReactNode;
}

/** Renders the source of a message that fails to render, so that the rest of the conversation stays visible. */
function MessageBoundary({ message: { id, content }, children }: MessageBoundaryProps) {
  return (
    <ErrorBoundary resetKey={`${id} ${content.length}`} fallback={<UndrawnMessage text={content} />}>
      {children}
    </ErrorBoundary>
  );
}

function UndrawnMessage({ text }: { readonly text: string }) {
  const { shownAsSource } = useMessages();
  return (
    <article className="reply">
      <p className="source-note">{shownAsSource}</p>
      <p className="reply-text as-written" dir="auto">
        {text}
      </p>
    </article>
  );
}

/** Returns a React key derived from the parent of a message. Its siblings share the key, so that the focus stays on the
 *  arrows between versions. */
function placeOf(shown: readonly ShownMessage[], index: number): string {
  const parentId = shown[index - 1]?.ids.at(-1);
  return parentId === undefined ? 'first' : `after ${parentId}`;
}
