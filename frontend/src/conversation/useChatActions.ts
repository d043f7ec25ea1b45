// The actions of the conversation view. After each of them the newest message is in view and the message field has the
// focus, because the button that was pressed is gone.
import { type RefObject, useCallback, useEffect } from 'react';
import { usePerson } from '../browser/person.ts';
import { canHover } from '../browser/pointer.ts';
import { useEscape } from '../ui/useEscape.ts';
import type { ComposerHandle } from './composer/Composer.tsx';
import { keepSent } from './composer/useDraft.ts';
import type { PageConversation } from './useConversation.ts';

interface ChatActionsOptions {
  readonly composer: RefObject<ComposerHandle | null>;
  /** Scrolls to the newest message. */
  readonly jump: () => void;
  /** Called before a message is sent. */
  readonly onMessage: () => void;
}

/** Returns the actions; they keep their identity while the conversation stays the same. */
export function useChatActions(conversation: PageConversation, { composer, jump, onMessage }: ChatActionsOptions) {
  const { sessionId, live, isAccepted, send, stop, regenerate, continueReply, edit } = conversation;
  const person = usePerson();

  useEffect(() => {
    if (isAccepted) keepSent(person, sessionId, undefined);
  }, [isAccepted, person, sessionId]);

  const focus = useCallback(() => {
    if (canHover()) composer.current?.focus(); // on a touch screen, focus would open the keyboard
  }, [composer]);
  useEffect(() => {
    if (document.querySelector('dialog[open]') === null) focus();
  }, [focus]);
  useEscape(live !== undefined, stop);

  const showNewest = useCallback(() => {
    jump();
    focus();
  }, [focus, jump]);
  const sendMessage = useCallback(
    (message: string) => {
      onMessage();
      keepSent(person, sessionId, message);
      send(message);
      showNewest();
    },
    [onMessage, person, send, sessionId, showNewest],
  );
  const regenerateReply = useCallback(
    (messageId: string) => {
      regenerate(messageId);
      showNewest();
    },
    [regenerate, showNewest],
  );
  const continueLast = useCallback(
    (messageId: string) => {
      continueReply(messageId);
      showNewest();
    },
    [continueReply, showNewest],
  );
  const sendEdited = useCallback(
    (messageId: string, message: string) => {
      edit(messageId, message);
      showNewest();
    },
    [edit, showNewest],
  );
  const stopByButton = useCallback(() => {
    focus();
    return stop();
  }, [focus, stop]);

  return { showNewest, sendMessage, regenerateReply, continueLast, sendEdited, stopByButton };
}
