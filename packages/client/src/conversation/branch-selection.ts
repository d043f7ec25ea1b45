// Selects the displayed branch, and stores the selection on the server. Of several selections, only the last is sent.
import type { AIStreamOptions } from '../options.ts';
import { changeSession } from '../transport/json-routes.ts';
import type { ConversationStore } from './conversation-store.ts';

/** Creates the function that displays the branch that contains a message, and returns whether the message is loaded. */
export function createBranchSelection(
  sessionId: string,
  { store, options }: { store: ConversationStore; options: () => AIStreamOptions },
): (messageId: string) => boolean {
  let saving = Promise.resolve();

  async function save(leafId: string): Promise<void> {
    if (leafId !== store.known().leafId) return; // another branch was selected meanwhile
    try {
      await changeSession(sessionId, { ...options(), change: { leafId } });
    } catch {
      return; // the branch is displayed, but the selection is not stored
    }
    store.dispatch({ type: 'saved', leafId });
  }

  return (messageId) => {
    if (!store.known().tree.has(messageId)) return false;
    store.dispatch({ type: 'selected', id: messageId });
    const { leafId, tree } = store.known();
    if (leafId !== undefined && tree.get(leafId)?.isStored) saving = saving.then(() => save(leafId));
    return true;
  };
}
