// The conversation of the page: the client's hook with this app's settings, and the display status of the last reply.
import type { ConversationMessage, Feed } from '@sillage/client';
import { type UseConversation, useConversation as useClientConversation } from '@sillage/client/react';
import { useCallback, useState } from 'react';
import { server } from '../browser/api.ts';
import { useLate } from '../hooks/useLate.ts';
import type { Route } from '../hooks/useRoute.ts';
import type { SettingsChange } from './own-settings/usePendingSettings.ts';
import { type LiveReply, statusOfReading } from './reply/reply-status.ts';

/** A conversation to render, and its actions. */
export interface PageConversation extends UseConversation {
  /** Status of the reply that is being streamed. */
  readonly live: LiveReply | undefined;
  /** Id of the last message that ended or failed while the conversation was on screen: its wake settles, and its error
   *  is announced. */
  readonly freshId: string | undefined;
  /** Whether the server has accepted the last sent message. */
  readonly isAccepted: boolean;
}

/** Opens a conversation: loads its stored messages and resumes a reply in progress, even one started elsewhere. */
export function useConversation(
  { sessionId, isStored }: Route,
  { feed, settings }: { readonly feed: Feed; readonly settings: SettingsChange },
): PageConversation {
  const conversation = useClientConversation(sessionId, {
    ...server,
    feed,
    isNew: !isStored,
    ...(settings.model && { model: settings.model }),
    ...(typeof settings.temperature === 'number' && { temperature: settings.temperature }),
    ...(settings.systemPrompt && { systemPrompt: settings.systemPrompt }),
  });
  const { messages, stream, isStreaming, status, stop } = conversation;
  const last = messages.at(-1);
  const reading = isUnderWay(last) && isStreaming ? last : undefined;
  const [stoppingId, setStoppingId] = useState<string>();
  const openedId = useFirst(status === 'loading' ? undefined : (reading?.id ?? 'none'));
  const freshId = useLast(reading?.id);
  const isLate = useLate(stream.status === 'starting');

  const stopReply = useCallback(() => {
    setStoppingId(reading?.id);
    return stop();
  }, [reading?.id, stop]);

  const live =
    reading &&
    statusOfReading(stream, reading, {
      isReopened: reading.id === openedId,
      isStopping: reading.id === stoppingId,
      isLate,
    });
  return { ...conversation, stop: stopReply, live, freshId, isAccepted: last?.streamId !== undefined };
}

function isUnderWay(message: ConversationMessage | undefined): message is ConversationMessage {
  return message?.role === 'assistant' && message.isPending;
}

/** Returns the first value that was not `undefined`. */
function useFirst(value: string | undefined): string | undefined {
  const [first, setFirst] = useState(value);
  if (first === undefined && value !== undefined) setFirst(value);
  return first ?? value;
}

/** Returns the last value that was not `undefined`. */
function useLast(value: string | undefined): string | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) setLast(value);
  return value ?? last;
}
