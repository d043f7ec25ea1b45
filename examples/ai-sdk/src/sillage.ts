// Everything in this page that is specific to Sillage: its address, the token, stopping a reply, and loading stored messages.
import { DefaultChatTransport, type UIMessage } from 'ai';

// VITE_SILLAGE_URL is the origin of the Sillage server, whose CORS_ORIGINS must name this page's origin.
const baseUrl = import.meta.env.VITE_SILLAGE_URL;

/** Metadata of a reply that has ended. */
interface Metadata {
  model?: string;
  finishReason?: string;
  usage?: { promptTokens: number; completionTokens: number };
}

export type ReplyMessage = UIMessage<Metadata>;

export const transport = new DefaultChatTransport<ReplyMessage>({ api: `${baseUrl}/api/chat`, headers });

/** Stops a reply under way. `stop()` of `useChat` alone only leaves it. */
export async function stopReply(id: string): Promise<void> {
  await fetch(`${baseUrl}/api/chat/${id}/stop`, { method: 'POST', headers: headers() });
}

/** Loads the branch of a conversation that was used last, without a reply under way: `resume` brings that one. */
export async function loadMessages(id: string): Promise<ReplyMessage[]> {
  const response = await fetch(`${baseUrl}/api/ai-chat/sessions/${id}`, { headers: headers() });
  if (!response.ok) return []; // a new conversation
  const { messages, leafId } = (await response.json()) as { messages: StoredMessage[]; leafId?: string };
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: ReplyMessage[] = [];
  for (let next = byId.get(leafId ?? ''); next; next = byId.get(next.parentId ?? '')) {
    const { id, role, content, reasoning, ...metadata } = next;
    if (role === 'assistant' && metadata.finishReason === undefined) continue;
    const parts = [{ type: 'text' as const, text: content }];
    branch.unshift({
      id,
      role,
      metadata,
      parts: reasoning ? [{ type: 'reasoning', text: reasoning }, ...parts] : parts,
    });
  }
  return branch;
}

interface StoredMessage extends Metadata {
  id: string;
  parentId?: string;
  role: 'user' | 'assistant';
  content: string;
  reasoning?: string;
}

// In your product: the token of your sign-in. The link that the server prints has one, too.
function headers(): Record<string, string> {
  return { Authorization: `Bearer ${new URLSearchParams(location.hash.slice(1)).get('token')}` };
}
