// The conversation list and the feed of the signed-in person; one of each per page.
import { createFeed, type Feed } from '@sillage/client';
import { useEffect, useState } from 'react';
import { server } from '../browser/api.ts';
import { personOf } from '../browser/person.ts';
import { readStored, storedKeys } from '../browser/stored.ts';
import { type ConversationList, createConversationList } from '../sidebar/list-store/conversation-list.ts';

/** The stores of a signed-in page. */
export interface WorkspaceStores {
  readonly feed: Feed;
  readonly list: ConversationList;
}

/** Creates the stores while the component is mounted; returns `undefined` before that. */
export function useWorkspaceStores(): WorkspaceStores | undefined {
  const [stores, setStores] = useState<WorkspaceStores>();

  useEffect(() => {
    const feed = createFeed({ ...server, name: personOf(readStored(storedKeys.token)) });
    const list = createConversationList({ feed });
    setStores({ feed, list });
    return () => {
      list.close();
      feed.close();
    };
  }, []);

  return stores;
}
