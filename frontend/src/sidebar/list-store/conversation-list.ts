// The conversation list as a store: it loads pages, follows the feed, and delays a deletion while it can be undone. The
// creator must call `close`, which executes a delayed deletion immediately.
import {
  changeSession,
  createStore,
  deleteSessions,
  exportSession,
  type Feed,
  listSessions,
  stopReply,
} from '@sillage/client';
import type { SessionsResponse, StreamId } from '@sillage/protocol';
import { codeOf, server } from '../../browser/api.ts';
import { saveFile } from '../../browser/save-file.ts';
import {
  type ListAction,
  type ListProblem,
  type ListState,
  type NamedSession,
  reduceList,
  unknownList,
} from './list-state.ts';
import { createRemoval } from './removal.ts';
import { createRowRefresh } from './row-refresh.ts';

/** Durations in milliseconds. */
export interface ListTimings {
  /** Time during which a deletion can be undone. */
  readonly undoMs: number;
  /** Time without typing before a search starts. */
  readonly searchMs: number;
  /** Time during which feed events are collected before their rows are requested. */
  readonly gatherMs: number;
}

/** The list of one signed-in person. No method throws: errors are in the state. */
export interface ConversationList {
  readonly getState: () => ListState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Reloads the first page. */
  readonly load: () => void;
  /** Shows the results for `text`, after a short time without typing. */
  readonly search: (text: string) => void;
  /** Loads the next page, if there is one. */
  readonly more: () => void;
  readonly rename: (sessionId: string, title: string) => void;
  readonly pin: (sessionId: string, pinned: boolean) => void;
  /** Hides the row, and deletes the conversation permanently unless it is undone in time. An earlier pending deletion
   *  is executed immediately. */
  readonly remove: (session: NamedSession) => void;
  readonly undo: () => void;
  /** Stops a reply in progress. */
  readonly stop: (streamId: StreamId) => void;
  readonly save: (session: NamedSession, format: 'markdown' | 'json') => void;
  /** Deletes all conversations permanently; returns whether it succeeded. */
  readonly erase: () => Promise<boolean>;
  /** Dismisses the current problem. */
  readonly dismiss: () => void;
  readonly close: () => void;
}

const pageLength = 50;
const defaultTimings: ListTimings = { undoMs: 8_000, searchMs: 250, gatherMs: 100 };

/** Creates a list and loads its first page. */
export function createConversationList({
  feed,
  timings = {},
}: {
  readonly feed?: Pick<Feed, 'onChange'> | undefined;
  readonly timings?: Partial<ListTimings>;
} = {}): ConversationList {
  const { undoMs, searchMs, gatherMs } = { ...defaultTimings, ...timings };
  const closing = new AbortController();
  const { getState, setState, subscribe } = createStore(unknownList);
  let wanted = '';
  let loading = new AbortController();
  let typing: ReturnType<typeof setTimeout> | undefined;

  const dispatch = (action: ListAction) => {
    if (!closing.signal.aborted) setState(reduceList(getState(), action));
  };
  const failed = (what: ListProblem, error: unknown) => {
    dispatch({ type: 'problem', problem: { what, code: codeOf(error) } });
  };

  const loadPage = (before: string | undefined, take: (page: SessionsResponse) => void) => {
    loading.abort();
    loading = new AbortController();
    const signal = AbortSignal.any([loading.signal, closing.signal]);
    listSessions({ ...server, search: wanted, before, limit: pageLength, signal }).then(
      (page) => signal.aborted || take(page),
      (error) => signal.aborted || dispatch({ type: 'failed', code: codeOf(error) }),
    );
  };
  const load = () => {
    const search = wanted;
    dispatch({ type: 'load' });
    loadPage(undefined, (page) => dispatch({ type: 'loaded', search, page }));
  };

  const removal = createRemoval({
    undoMs,
    onGone: (sessionId) => dispatch({ type: 'gone', sessionId }),
    onFailure: (sessionId, error) => {
      dispatch({ type: 'kept', sessionId });
      failed('remove', error);
    },
  });
  const refresh = createRowRefresh({
    gatherMs,
    signal: closing.signal,
    onRow: (sessionId, session) => dispatch({ type: 'told', sessionId, session }),
    onMany: load,
  });
  const unsubscribe = feed?.onChange((event) => {
    if (event.type === 'resync') return load();
    dispatch({ type: 'fed', event });
    refresh(event);
  });
  window.addEventListener('pagehide', removal.commit);
  load();

  return {
    getState,
    subscribe,
    load,
    search(text) {
      wanted = text.trim();
      clearTimeout(typing);
      typing = setTimeout(load, wanted === '' ? 0 : searchMs);
    },
    more() {
      const { phase, next, isLoadingMore } = getState();
      if (phase !== 'ready' || next === undefined || isLoadingMore) return;
      dispatch({ type: 'load-more' });
      loadPage(next, (page) => dispatch({ type: 'loaded-more', page }));
    },
    rename(sessionId, title) {
      const before = getState().sessions.find((session) => session.sessionId === sessionId);
      dispatch({ type: 'renamed', sessionId, title });
      changeSession(sessionId, { ...server, change: { title } }).then(
        (session) => dispatch({ type: 'told', sessionId, session }),
        (error) => {
          if (before !== undefined) dispatch({ type: 'renamed', sessionId, title: before.title });
          failed('rename', error);
        },
      );
    },
    pin(sessionId, pinned) {
      dispatch({ type: 'pinned', sessionId, pinned });
      changeSession(sessionId, { ...server, change: { pinned } }).then(
        (session) => dispatch({ type: 'told', sessionId, session }),
        (error) => {
          dispatch({ type: 'pinned', sessionId, pinned: !pinned });
          failed('pin', error);
        },
      );
    },
    remove(session) {
      dispatch({ type: 'removed', session });
      removal.hold(session.sessionId);
    },
    undo() {
      if (removal.undo()) dispatch({ type: 'brought-back' });
    },
    stop(streamId) {
      stopReply(streamId, server).catch((error) => failed('stop', error));
    },
    save({ sessionId, title }, format) {
      exportSession(sessionId, { ...server, format }).then(
        (file) => saveFile(file, `${title}.${format === 'markdown' ? 'md' : 'json'}`),
        (error) => failed('export', error),
      );
    },
    async erase() {
      try {
        await deleteSessions(server);
        removal.undo();
        dispatch({ type: 'erased' });
        return true;
      } catch (error) {
        failed('erase', error);
        return false;
      }
    },
    dismiss: () => dispatch({ type: 'problem', problem: undefined }),
    close() {
      removal.commit();
      unsubscribe?.();
      window.removeEventListener('pagehide', removal.commit);
      clearTimeout(typing);
      closing.abort();
    },
  };
}
