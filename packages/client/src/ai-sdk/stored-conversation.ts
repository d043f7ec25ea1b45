// Reads stored conversations for a chat. A request is retried while the server is away, as a stream is.
import type { SessionMessage, SessionResponse } from '@sillage/protocol';
import type { UIMessage } from 'ai';
import type { ClientContext } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { type PageOptions, readSession } from '../transport/json-routes.ts';
import { isRetryable, streamErrorOf } from '../transport/request.ts';
import { metadataOf } from './reply-metadata.ts';

/** The newest messages are enough to find the reply under way. */
const newest = { limit: 2 };

/** Finds a stored reply among the newest messages. */
export function newestReply(session: SessionResponse | undefined, isSought: (message: SessionMessage) => boolean) {
  return session?.messages.findLast((message) => message.role === 'assistant' && isSought(message));
}

/** Reads a conversation with its newest messages; `undefined` where there is none.
 *  @throws {StreamError} as every function here: the error response, or `network` after `attempts`. */
export function readNewest(
  sessionId: string,
  context: ClientContext,
  signal?: AbortSignal,
): Promise<SessionResponse | undefined> {
  return readPage(sessionId, context, { ...newest, signal });
}

/** Loads a conversation, oldest message first, until `isEnough` or all of it is here. */
export async function readConversation(
  sessionId: string,
  {
    context,
    signal,
    isEnough = () => false,
  }: {
    context: ClientContext;
    signal?: AbortSignal | undefined;
    isEnough?: (messages: readonly SessionMessage[]) => boolean;
  },
): Promise<Pick<SessionResponse, 'messages' | 'leafId' | 'activeStreamId'>> {
  const first = await readPage(sessionId, context, { signal });
  let messages = first?.messages ?? [];
  for (let before = first?.next; before !== undefined && !isEnough(messages); ) {
    const page: SessionResponse | undefined = await readPage(sessionId, context, { signal, before });
    messages = [...(page?.messages ?? []), ...messages];
    before = page?.next;
  }
  return { ...first, messages };
}

async function readPage(
  sessionId: string,
  { options, timings, backoff }: ClientContext,
  page: PageOptions,
): Promise<SessionResponse | undefined> {
  for (let attempt = 1; ; attempt++) {
    let retryAfterMs: number;
    try {
      return await readSession(sessionId, { ...options(), ...page });
    } catch (cause) {
      const error = streamErrorOf(cause);
      retryAfterMs = (error.retryAfter ?? 0) * 1000;
      const isLast = attempt >= timings.attempts || retryAfterMs > timings.retryAfterMaxMs;
      if (error.code === 'not-found') return undefined;
      if (page.signal?.aborted || isLast || !isRetryable(error)) throw error;
    }
    await pause(Math.max(retryAfterMs, backoff(attempt)), { signal: page.signal, isFirm: retryAfterMs > 0 });
  }
}

/** Translates a stored message. */
export function uiMessageOf(message: SessionMessage): UIMessage {
  const { id, role, content, reasoning } = message;
  const text = { type: 'text' as const, text: content };
  if (role === 'user') return { id, role, parts: [text] };
  const thought = reasoning ? [{ type: 'reasoning' as const, text: reasoning, state: 'done' as const }] : [];
  const said = content ? [{ ...text, state: 'done' as const }] : [];
  return { id, role, metadata: metadataOf(message), parts: [{ type: 'step-start' }, ...thought, ...said] };
}
