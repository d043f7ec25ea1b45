// The notification of a reply that ended while the page was in the background.
import type { Feed } from '@sillage/client';
import { useCallback, useEffect, useRef } from 'react';
import { notify, useNotifications } from '../browser/notifications.ts';
import { useMessages } from '../i18n/Language.tsx';
import type { ConversationList } from '../sidebar/list-store/conversation-list.ts';

interface NotifyOptions {
  readonly feed: Feed;
  readonly list: ConversationList;
  readonly onOpen: (sessionId: string) => void;
}

/** Returns a function that shows the notification if they are turned on. Of several tabs, only the one that holds the
 *  feed's connection shows it. */
export function useNotifyEnd({ feed, list, onOpen }: NotifyOptions): (sessionId: string) => void {
  const { said, untitled } = useMessages();
  const [isOn] = useNotifications();
  const latest = useRef({ isOn, said, untitled });
  useEffect(() => {
    latest.current = { isOn, said, untitled };
  }, [isOn, said, untitled]);

  return useCallback(
    (sessionId: string) => {
      const { isOn, said, untitled } = latest.current;
      if (!isOn || !feed.getState().isLeader) return;
      const { title } = list.getState().sessions.find((one) => one.sessionId === sessionId) ?? {};
      notify(title || untitled, { body: said.finished, tag: sessionId, onClick: () => onOpen(sessionId) });
    },
    [feed, list, onOpen],
  );
}
