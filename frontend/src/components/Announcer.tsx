// Tells a screen reader that a reply has started or ended; never its words one by one.
import type { ConversationState } from '../conversation/conversation.ts';
import { type LiveReply, statusOfEnded } from '../conversation/reply-status.ts';
import { useMessages } from '../i18n/Language.tsx';
import { statusWords } from '../i18n/messages.ts';

interface AnnouncerProps {
  readonly state: ConversationState;
  readonly live: LiveReply | undefined;
}

/** Holds the one polite live region of the page. */
export function Announcer({ state, live }: AnnouncerProps) {
  const messages = useMessages();
  const { said, reply } = messages;
  const last = state.messages.at(-1);

  const announcement = () => {
    if (live !== undefined) {
      if (live.status === 'waiting' || live.status === 'stopping') return '';
      return live.status === 'live' ? said.started : statusWords(messages, live);
    }
    if (last?.isFresh !== true) return '';
    const ended = statusOfEnded(last);
    if (ended === 'done') return said.finished;
    return ended === 'failed' ? said.failed : `${reply}, ${statusWords(messages, { status: ended })}`;
  };

  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {announcement()}
    </div>
  );
}
