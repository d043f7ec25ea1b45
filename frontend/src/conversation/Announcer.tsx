// Announces the start and end of a reply to screen readers, but not its text as it arrives, and short confirmations.
import type { ConversationMessage } from '@sillage/client';
import { useEffect, useState } from 'react';
import { subscribeToSaid } from '../browser/said.ts';
import { useMessages } from '../i18n/Language.tsx';
import { statusWords } from '../i18n/messages.ts';
import { type LiveReply, statusOfEnded } from './reply/reply-status.ts';

interface AnnouncerProps {
  readonly last: ConversationMessage | undefined;
  readonly live: LiveReply | undefined;
  /** Whether the last message ended while the conversation was on screen. */
  readonly isFresh: boolean;
}

const saidForMs = 2_000;

/** Renders the polite live region of the conversation. */
export function Announcer({ last, live, isFresh }: AnnouncerProps) {
  const messages = useMessages();
  const { said, reply } = messages;
  const confirmation = useSaid();

  const announcement = () => {
    if (live !== undefined) {
      if (live.status === 'waiting' || live.status === 'stopping') return '';
      return live.status === 'live' ? said.started : statusWords(messages, live);
    }
    if (last === undefined || !isFresh) return '';
    const ended = statusOfEnded(last);
    if (ended === 'done') return said.finished;
    return ended === 'failed' ? said.failed : `${reply}, ${statusWords(messages, { status: ended })}`;
  };

  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {confirmation ?? announcement()}
    </div>
  );
}

/** Returns the last confirmation, for a moment. */
function useSaid(): string | undefined {
  const [text, setText] = useState<string>();

  useEffect(() => subscribeToSaid(setText), []);
  useEffect(() => {
    if (text === undefined) return;
    const timer = setTimeout(() => setText(undefined), saidForMs);
    return () => clearTimeout(timer);
  }, [text]);

  return text;
}
