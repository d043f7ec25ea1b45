// One conversation of the page: the client's hook, bound to this app, and what only this page knows about the last reply.
import type { ConversationMessage, Feed } from '@sillage/client';
import { type UseConversation, useConversation as useClientConversation } from '@sillage/client/react';
import { useCallback, useState } from 'react';
import { server } from '../browser/api.ts';
import type { Route } from '../workspace/useRoute.ts';
import { type LiveReply, statusOfReading } from './reply-status.ts';
import { useLate } from './useLate.ts';

/** Is a conversation for the page to show, and what a person can do in it. */
export interface PageConversation extends UseConversation {
  /** The reply under way. */
  readonly live: LiveReply | undefined;
  /** The message that has ended, or failed, before this reader's eyes: its line settles, and a failure is said aloud. */
  readonly freshKey: string | undefined;
  /** The server has taken the message that was sent last. */
  readonly isAccepted: boolean;
}

/** Opens the conversation of a visit: loads what is stored, and reads a reply under way on, wherever it was started. */
export function useConversation(
  { sessionId, isStored }: Route,
  { feed, model }: { readonly feed: Feed; readonly model: string | undefined },
): PageConversation {
  const conversation = useClientConversation(sessionId, {
    ...server,
    feed,
    isNew: !isStored,
    ...(model !== undefined && { model }),
  });
  const { messages, stream, isStreaming, status, stop } = conversation;
  const last = messages.at(-1);
  const reading = isUnderWay(last) && isStreaming ? last : undefined;
  const [stoppingKey, setStoppingKey] = useState<string>();
  const openedKey = useFirst(status === 'loading' ? undefined : (reading?.key ?? 'none'));
  const freshKey = useLast(reading?.key);
  const isLate = useLate(stream.status === 'starting');

  const stopReply = useCallback(() => {
    setStoppingKey(reading?.key);
    return stop();
  }, [reading?.key, stop]);

  const live =
    reading &&
    statusOfReading(stream, reading, {
      isReopened: reading.key === openedKey,
      isStopping: reading.key === stoppingKey,
      isLate,
    });
  return { ...conversation, stop: stopReply, live, freshKey, isAccepted: last?.streamId !== undefined };
}

function isUnderWay(message: ConversationMessage | undefined): message is ConversationMessage {
  return message?.role === 'assistant' && message.isPending;
}

/** Keeps the first value that is not undefined. */
function useFirst(value: string | undefined): string | undefined {
  const [first, setFirst] = useState(value);
  if (first === undefined && value !== undefined) setFirst(value);
  return first ?? value;
}

/** Keeps the last value that is not undefined. */
function useLast(value: string | undefined): string | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) setLast(value);
  return value ?? last;
}
