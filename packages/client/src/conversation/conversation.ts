// A conversation as an external store: stored messages, pending sends and the active reply, wherever it was started.
// Owns one stream client; closing never stops a generation.
import type { SessionAnswer, StreamId } from '@sillage/protocol';
import type { Feed } from '../feed/feed.ts';
import type { AIStreamOptions } from '../options.ts';
import { createStore } from '../store.ts';
import { createLiveAIStream } from '../stream/ai-stream.ts';
import { newIdempotencyKey } from '../stream/idempotency-key.ts';
import { isStreaming } from '../stream/reduce.ts';
import type { StartRequest } from '../stream/start-request.ts';
import { changeSession } from '../transport/json-routes.ts';
import { type Asking, editing, hasFailed, isRefused, regenerating, sending } from './conversation-asking.ts';
import { createLoader } from './conversation-loading.ts';
import {
  type ConversationEvent,
  type KnownConversation,
  reduceConversation,
  unknownConversation,
} from './conversation-state.ts';
import { type ConversationState, createView } from './conversation-view.ts';
import { findMessage, type KnownMessage } from './message-tree.ts';

/** Options of a conversation. All except `sessionId` are read on each use. */
export interface ConversationOptions
  extends AIStreamOptions,
    Pick<StartRequest, 'model' | 'temperature' | 'maxTokens' | 'workspaceId' | 'projectId' | 'currentOrganizationId'> {
  readonly sessionId: string;
  /** Feed of changes made on other devices and in other tabs. Without it, only local changes appear. */
  readonly feed?: Feed | undefined;
  /** Whether nothing is stored under this `sessionId` yet, so that nothing needs to be loaded. */
  readonly isNew?: boolean | undefined;
}

/** Displays one conversation and sends messages in it. No method throws or rejects: errors are part of the state. */
export interface Conversation {
  getState(): ConversationState;
  /** Calls `listener` after each change of the state. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  /** Loads the conversation, reads an active reply and follows the feed. A repeated call refreshes all of this. */
  load(): Promise<void>;
  /** Loads a page of older messages if `hasOlder`. */
  loadOlder(): Promise<void>;
  /** Sends a message at the end of the displayed branch. It appears at once, with an empty reply. */
  send(message: string): void;
  /** Stops the active reply. */
  stop(): Promise<void>;
  /** Regenerates a reply; the new one becomes its sibling. If its message was never stored, the message is sent
   *  again. */
  regenerate(messageId: string): void;
  /** Replaces a message; the original stays as a sibling. */
  edit(messageId: string, message: string): void;
  /** Displays the branch that contains a message and stores that selection on the server. */
  select(messageId: string): void;
  /** Stops reading and following. An active reply continues on the server; `load` opens the conversation again. */
  close(): void;
}

/** Creates a conversation. It sends nothing before `load` or `send`. */
export function createConversation(options: ConversationOptions): Conversation {
  return createLiveConversation(options.sessionId, () => options);
}

/** Creates a conversation whose options may change at any time. */
export function createLiveConversation(
  sessionId: string,
  options: () => Omit<ConversationOptions, 'sessionId'>,
): Conversation {
  const stream = createLiveAIStream(options);
  const view = createView(sessionId);
  let known: KnownConversation = options().isNew ? { ...unknownConversation, status: 'ready' } : unknownConversation;
  let readingKey: string | undefined;
  let readingStatus = stream.getState().status;
  /** Number of local changes of the branch. A response to an earlier request does not reflect them. */
  let choices = 0;
  let saving = Promise.resolve();
  let over: AbortController | undefined;

  const shown = () => view({ known, readingKey, stream: stream.getState() });
  const { getState, setState, subscribe } = createStore(shown());
  const loader = createLoader({
    sessionId,
    options,
    known: () => known,
    choices: () => choices,
    isStarting: () => isStarting(),
    take: (session, { isStale }) => {
      dispatch({ type: 'loaded', session, isStale });
      if (known.isDeleted) leave();
      else if (!isStale) readActive(session);
    },
    fail: ({ message, code }) => {
      if (known.status !== 'ready') dispatch({ type: 'failed', error: message, code });
    },
  });

  function dispatch(event: ConversationEvent): void {
    known = reduceConversation(known, event);
    setState(shown());
  }

  function isStarting(): boolean {
    const { status, streamId } = stream.getState();
    return status === 'starting' && streamId === undefined;
  }

  stream.subscribe(() => {
    const { status, streamId } = stream.getState();
    if (status !== 'ended' && status === readingStatus) return setState(shown()); // only the text has changed
    readingStatus = status;
    const reply = [...known.tree.values()].find(({ key }) => key === readingKey);
    if (reply && status === 'ended') dispatch({ type: 'left', key: reply.key, stream: stream.getState() });
    else if (reply && streamId && !reply.streamId) dispatch({ type: 'opened', key: reply.key, streamId });
    else setState(shown());
    if (!reply || isStarting()) return;
    loader.started();
    if (!over) return leave();
    if (!reply.isStored && (status === 'ended' ? !isRefused(stream.getState().code) : !reply.streamId)) void refresh();
  });

  function refresh(): Promise<boolean> {
    return over ? loader.refresh(over.signal) : Promise.resolve(false);
  }

  /** Stops reading the current reply and keeps its state. */
  function leave(): void {
    const left = readingKey;
    const state = stream.getState();
    const stopped = isStarting() ? { ...state, ...unanswered } : state;
    readingKey = undefined;
    if (left !== undefined && isStreaming(state)) dispatch({ type: 'left', key: left, stream: stopped });
    stream.reset();
  }

  function readActive(session: SessionAnswer | undefined): void {
    const streamId = session?.activeStreamId;
    if (streamId === undefined || isReading(streamId)) return;
    const reply = [...known.tree.values()].find((message) => message.streamId === streamId);
    if (reply === undefined || reply.finishReason !== undefined) return;
    leave();
    readingKey = reply.key;
    dispatch({ type: 'reading', key: reply.key });
    stream.resume(streamId);
  }

  /** Whether the stream is being read. A failed read is restarted only after `loader.hope()`. */
  function isReading(streamId: StreamId): boolean {
    const state = stream.getState();
    return state.streamId === streamId && (isStreaming(state) || !loader.isHopeful());
  }

  function ask({ request, parentId, withdrawnId }: Asking): void {
    if (!over) open();
    choices++;
    leave();
    if (withdrawnId !== undefined) dispatch({ type: 'withdrawn', id: withdrawnId });
    const { message: content } = request;
    const replyKey = newIdempotencyKey();
    const now = options().now ?? Date.now;
    dispatch({
      type: 'sent',
      parentId,
      ...(content !== undefined && { message: { key: newIdempotencyKey(), content } }),
      replyKey,
      createdAt: new Date(now()).toISOString(),
    });
    readingKey = replyKey;
    const { model, temperature, maxTokens, workspaceId, projectId, currentOrganizationId } = options();
    const labels = { model, temperature, maxTokens, workspaceId, projectId, currentOrganizationId };
    stream.start({ ...withoutHoles(labels), ...request, sessionId });
  }

  /** Calls `act` once the message's stored id is known, or it is known that the message is not stored. Does not call
   *  `act` for a message that appeared to have failed but was stored, since it needs no further action. */
  function whenSettled(messageId: string, act: (message: KnownMessage) => void): void {
    const message = findMessage(known.tree, messageId);
    if (message === undefined) return;
    if (message.isStored || hasFailed(known.tree, message, isRefused)) return void act(message);
    const isLost = hasFailed(known.tree, message);
    if (!over) open();
    void refresh().then((isTaken) => {
      const settled = findMessage(known.tree, message.key);
      if (isTaken && settled && settled.isStored !== isLost) act(settled);
    });
  }

  function select(messageId: string): void {
    const message = findMessage(known.tree, messageId);
    if (message === undefined) return;
    choices++;
    dispatch({ type: 'selected', id: message.id });
    const { leafId } = known;
    if (leafId !== undefined && known.tree.get(leafId)?.isStored) saving = saving.then(() => save(leafId));
  }

  async function save(leafId: string): Promise<void> {
    if (leafId !== known.leafId) return; // another branch was selected meanwhile
    try {
      await changeSession(sessionId, { ...options(), change: { leafId } });
    } catch {
      return; // the branch is displayed, but the selection is not stored
    }
    choices++;
    dispatch({ type: 'saved', leafId });
  }

  function open(): void {
    over = new AbortController();
    const { feed } = options();
    if (!feed) return;
    const unsubscribeFromChanges = feed.onChange((event) => {
      if (event.type === 'resync' || event.sessionId === sessionId) void refresh();
    });
    const unsubscribeFromState = feed.subscribe(() => {
      const hasGivenUp = known.status === 'failed' || stream.getState().code === 'network';
      if (feed.getState().connection !== 'live' || !hasGivenUp) return;
      loader.hope();
      void refresh();
    });
    over.signal.addEventListener('abort', () => {
      unsubscribeFromChanges();
      unsubscribeFromState();
    });
  }

  return {
    getState,
    subscribe,
    async load() {
      if (!over) open();
      if (options().isNew && known.tree.size === 0) return;
      if (known.status === 'failed') dispatch({ type: 'loading' });
      loader.hope();
      await refresh();
    },
    async loadOlder() {
      const session = await loader.older(over?.signal);
      if (session) dispatch({ type: 'loaded-older', session });
    },
    send: (message) => ask(sending(known, message)),
    stop: () => stream.stop(),
    regenerate: (messageId) =>
      whenSettled(messageId, (message) => {
        const asking = regenerating(known, message);
        if (asking) ask(asking);
      }),
    edit: (messageId, content) => whenSettled(messageId, (message) => ask(editing(known, message, content))),
    select,
    close() {
      over?.abort();
      over = undefined;
      if (!isStarting()) leave(); // otherwise once the start has received its response
    },
  };
}

/** Provisional error of a start that another start overtakes. The next server response shows whether it was stored. */
const unanswered = { error: 'The message may not have arrived. Send it again.', code: 'network' } as const;

function withoutHoles(fields: Readonly<Record<string, unknown>>): Partial<StartRequest> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
