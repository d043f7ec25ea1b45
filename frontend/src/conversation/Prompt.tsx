// A message of the user, which can be copied and edited in place.
import type { ConversationMessage } from '@sillage/client';
import { memo } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { CopyLink } from '../ui/CopyLink.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { PenIcon } from '../ui/icons.tsx';
import { PromptEditor } from './composer/PromptEditor.tsx';
import { Versions } from './reply/Versions.tsx';

interface PromptProps {
  readonly sessionId: string;
  readonly message: ConversationMessage;
  /** Whether the conversation was opened at this message. */
  readonly isTarget: boolean;
  readonly isEditing: boolean;
  readonly maxLength: number;
  /** Opens the message with this id for editing; `undefined` closes the editor. */
  readonly onEditing: (messageId: string | undefined) => void;
  readonly onEdit: (messageId: string, text: string) => void;
  readonly onSelect: (messageId: string) => void;
}

/** Renders a message of the user. */
export const Prompt = memo(function Prompt(props: PromptProps) {
  const { sessionId, message, isTarget, isEditing, maxLength, onEditing, onEdit, onSelect } = props;
  const { you, message: words } = useMessages();
  const { id, content, siblings, isStored } = message;

  if (isEditing) {
    return (
      <PromptEditor
        text={content}
        maxLength={maxLength}
        onCancel={() => onEditing(undefined)}
        onSend={(text) => onEdit(id, text)}
      />
    );
  }
  return (
    <article className="prompt" aria-label={you} data-target={isTarget || undefined}>
      <p className="prompt-text" dir="auto" data-testid="prompt">
        {content}
      </p>
      <footer className="prompt-footer">
        <div className="actions">
          <CopyButton text={content} label={words.copyPrompt} />
          <CopyLink sessionId={sessionId} messageId={id} isStored={isStored} />
          <IconButton isSmall label={words.edit} onClick={() => onEditing(id)}>
            <PenIcon />
          </IconButton>
        </div>
        <Versions id={id} siblings={siblings} onSelect={onSelect} />
      </footer>
    </article>
  );
});
