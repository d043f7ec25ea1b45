// The messages of the branch that is shown. What changes while a reply grows is its last message alone.
import type { ConversationMessage } from '@sillage/client';
import { useCallback, useMemo, useState } from 'react';
import type { FailureActions } from './Failure.tsx';
import { Prompt } from './Prompt.tsx';
import { Reply } from './Reply.tsx';
import type { PageConversation } from './useConversation.ts';

interface ThreadProps {
  readonly conversation: PageConversation;
  readonly maxLength: number;
  readonly onRegenerate: (messageId: string) => void;
  readonly onEdit: (messageId: string, text: string) => void;
  readonly onNew: () => void;
  readonly onSignIn: () => void;
}

/** Draws the messages of a conversation in order. */
export function Thread({ conversation, maxLength, onRegenerate, onEdit, onNew, onSignIn }: ThreadProps) {
  const { messages, live, freshKey, load, select } = conversation;
  const [editingKey, setEditingKey] = useState<string>();
  const last = messages.at(-1);
  const promptKey = messages.findLast(({ role }) => role === 'user')?.key;
  const lastId = last?.id;
  const actions = useMemo<FailureActions>(
    () => ({
      retry: () => lastId !== undefined && onRegenerate(lastId),
      reconnect: () => void load(),
      edit: () => setEditingKey(promptKey),
      'new-conversation': onNew,
      'sign-in': onSignIn,
    }),
    [lastId, promptKey, onRegenerate, load, onNew, onSignIn],
  );
  const edit = useCallback(
    (messageId: string, text: string) => {
      setEditingKey(undefined);
      onEdit(messageId, text);
    },
    [onEdit],
  );

  return (
    <div className="thread">
      {messages.map((message, index) => {
        const key = placeOf(messages, index);
        const common = { message, onSelect: select };
        if (message.role === 'user') {
          const isEditing = message.key === editingKey;
          const editing = { isEditing, maxLength, onEditing: setEditingKey, onEdit: edit };
          return <Prompt key={key} {...common} {...editing} />;
        }
        const isLast = message === last;
        return (
          <Reply
            key={key}
            {...common}
            live={isLast ? live : undefined}
            isFresh={message.key === freshKey}
            actions={isLast ? actions : undefined}
            onRegenerate={onRegenerate}
          />
        );
      })}
    </div>
  );
}

/** Names the place of a message: that behind its parent, which its siblings share, so that the focus stays on the
 *  arrows between them. */
function placeOf(messages: readonly ConversationMessage[], index: number): string {
  const parent = messages[index - 1];
  return parent === undefined ? 'first' : `behind ${parent.key}`;
}
