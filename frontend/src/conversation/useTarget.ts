// Opens a conversation at the message in the address: loads older messages until it is there, selects its branch, and
// scrolls to it until the user scrolls.
import { type RefObject, useEffect, useState } from 'react';
import type { PageConversation } from './useConversation.ts';

interface TargetOptions {
  readonly conversation: PageConversation;
  readonly box: RefObject<HTMLElement | null>;
  readonly content: RefObject<HTMLElement | null>;
  /** Stops following the end. */
  readonly leaveEnd: () => void;
}

/** Marks a message that is rendered with `data-target`, and returns its id once it is loaded. */
export function useTarget(messageId: string | undefined, { conversation, box, content, leaveEnd }: TargetOptions) {
  const { conversation: store, status } = conversation;
  const [foundId, setFoundId] = useState<string>();

  useEffect(() => {
    setFoundId(undefined);
    if (messageId === undefined || status !== 'ready') return;
    let isOver = false;
    const find = async () => {
      for (let loaded = -1; !isOver && !isShown(store, messageId) && !store.select(messageId); ) {
        const { hasOlder, messages } = store.getState();
        if (!hasOlder || messages.length === loaded) return; // deleted, or never there
        loaded = messages.length;
        await store.loadOlder();
      }
      if (!isOver) setFoundId(messageId);
    };
    void find();
    return () => {
      isOver = true;
    };
  }, [messageId, status, store]);

  useEffect(() => {
    const { current: scroller } = box;
    const { current: inner } = content;
    if (foundId === undefined || scroller === null || inner === null) return;
    leaveEnd();
    // Texts are typeset and laid out after the first rendering, so the message moves until then.
    const resized = new ResizeObserver(() => inner.querySelector('[data-target]')?.scrollIntoView({ block: 'start' }));
    resized.observe(inner);
    const release = () => resized.disconnect();
    const acts = ['wheel', 'touchmove', 'mousedown', 'keydown'];
    for (const act of acts) scroller.addEventListener(act, release, { passive: true });
    return () => {
      release();
      for (const act of acts) scroller.removeEventListener(act, release);
    };
  }, [foundId, box, content, leaveEnd]);

  return foundId;
}

function isShown(store: PageConversation['conversation'], messageId: string): boolean {
  return store.getState().messages.some(({ id }) => id === messageId);
}
