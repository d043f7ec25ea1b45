// One conversation as a store that a page can show: what is stored, what is being sent, and the reply under way, wherever
// it was started. Owns one client of streams; closing never ends a generation.
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

/** Configures a conversation. All but `sessionId` is read anew at each use. */
export interface ConversationOptions
  extends AIStreamOptions,
    Pick<StartRequest, 'model' | 'temperature' | 'maxTokens' | 'workspaceId' | 'projectId' | 'currentOrganizationId'> {
  readonly sessionId: string;
  /** Tells what happens on other devices and in other tabs. Without it, only what is done here shows by itself. */
  readonly feed?: Feed | undefined;
  /** Nothing is stored under this `sessionId` yet, so nothing has to be asked for. */
  readonly isNew?: boolean | undefined;
}

/** Shows one conversation and writes in it. Nothing here throws or rejects: what goes wrong is in the state. */
export interface Conversation {
  getState(): ConversationState;
  /** Calls `listener` after each change of the state; gives back what ends that. */
  subscribe(listener: () => void): () => void;
  /** Gets what is stored, reads a reply under way, and follows the feed; once more, it brings all of that up to date. */
  load(): Promise<void>;
  /** Gets a page of older messages, where `hasOlder`. */
  loadOlder(): Promise<void>;
  /** Sends a message behind the branch that is shown; it appears at once, with an empty reply. */
  send(message: string): void;
  /** Ends the reply under way. */
  stop(): Promise<void>;
  /** Asks for a reply again: the new one stands beside it. One whose message was never stored is sent again. */
  regenerate(messageId: string): void;
  /** Sends a message in the place of another, which stays beside it. */
  edit(messageId: string, message: string): void;
  /** Shows the branch that a message is on; the server remembers it. */
  select(messageId: string): void;
  /** Stops reading and following. A reply under way goes on; `load` opens the conversation again. */
  close(): void;
}

/** Makes a conversation; it does nothing before `load` or `send`. */
export function createConversation(options: ConversationOptions): Conversation {
  return createLiveConversation(options.sessionId, () => options);
}

/** Makes a conversation whose options may change while it works. */
export function createLiveConversation(
  sessionId: string,
  options: () => Omit<ConversationOptions, 'sessionId'>,
): Conversation {
  const stream = createLiveAIStream(options);
  const view = createView(sessionId);
  let known: KnownConversation = options().isNew ? { ...unknownConversation, status: 'ready' } : unknownConversation;
  let readingKey: string | undefined;
  let readingStatus = stream.getState().status;
  /** Counts what changes the branch from here: an answer that was asked for before says nothing about it. */
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
    if (status !== 'ended' && status === readingStatus) return setState(shown()); // only text
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

  /** Lets go of the reply that is being read; what came of it stays. */
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

  /** A reading that has failed is begun again only when there is a new reason to hope. */
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

  /** Hands on a message once the server's id of it is known, or it is known that the server has none. One that was thought
   *  to have failed, and had not, is handed to nobody: it needs nothing more. */
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
    if (leafId !== known.leafId) return; // another one was chosen since
    try {
      await changeSession(sessionId, { ...options(), change: { leafId } });
    } catch {
      return; // it is shown nonetheless, and only not remembered
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
      if (!isStarting()) leave(); // else once the message has arrived
    },
  };
}

/** Is what becomes of a start that another one overtakes: whether it arrived, the next answer of the server tells. */
const unanswered = { error: 'The message may not have arrived. Send it again.', code: 'network' } as const;

function withoutHoles(fields: Readonly<Record<string, unknown>>): Partial<StartRequest> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
