// What the page knows of the conversation list. Pure: rows come by pages, by the feed, and by what a person does.
import type { FeedEvent, SessionSummary, SessionsAnswer, StreamErrorCode } from '@sillage/protocol';

/** Is as much of a conversation as a person needs to know which one is meant. */
export type NamedSession = Pick<SessionSummary, 'sessionId' | 'title'>;

/** Names what can fail in the list while its rows stand. */
export type ListProblem = 'rename' | 'remove' | 'export' | 'erase';

/** Is the list as the page knows it. */
export interface ListState {
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Why it could not be loaded, when `failed`. */
  readonly code: StreamErrorCode | undefined;
  /** What the rows were found by; empty: they are all. */
  readonly search: string;
  /** Last changed first. */
  readonly sessions: readonly SessionSummary[];
  /** There are older ones: where the next page begins. */
  readonly next: string | undefined;
  readonly isLoadingMore: boolean;
  /** Deleted by a person, and still to be had back. */
  readonly removed: NamedSession | undefined;
  /** Being deleted for good. */
  readonly going: readonly string[];
  readonly problem: { readonly what: ListProblem; readonly code: StreamErrorCode } | undefined;
}

/** Is what can happen to it. */
export type ListAction =
  | { readonly type: 'load' }
  | { readonly type: 'loaded'; readonly search: string; readonly page: SessionsAnswer }
  | { readonly type: 'load-more' }
  | { readonly type: 'loaded-more'; readonly page: SessionsAnswer }
  | { readonly type: 'failed'; readonly code: StreamErrorCode }
  | { readonly type: 'fed'; readonly event: FeedEvent }
  /** The server has told what a row says; `undefined`: there is no such conversation. */
  | { readonly type: 'told'; readonly sessionId: string; readonly session: SessionSummary | undefined }
  | { readonly type: 'renamed'; readonly sessionId: string; readonly title: string }
  | { readonly type: 'removed'; readonly session: NamedSession }
  | { readonly type: 'brought-back' }
  | { readonly type: 'gone'; readonly sessionId: string }
  /** It could not be deleted. */
  | { readonly type: 'kept'; readonly sessionId: string }
  | { readonly type: 'erased' }
  | { readonly type: 'problem'; readonly problem: ListState['problem'] };

/** Is a list of which nothing is known yet. */
export const unknownList: ListState = {
  phase: 'loading',
  code: undefined,
  search: '',
  sessions: [],
  next: undefined,
  isLoadingMore: false,
  removed: undefined,
  going: [],
  problem: undefined,
};

/** Says what the page knows after one more action. Pure. */
export function reduceList(state: ListState, action: ListAction): ListState {
  switch (action.type) {
    case 'load':
      return { ...state, phase: 'loading', code: undefined, isLoadingMore: false };
    case 'loaded': {
      const { search, page } = action;
      return { ...state, phase: 'ready', search, sessions: page.sessions, next: page.next, isLoadingMore: false };
    }
    case 'load-more':
      return { ...state, isLoadingMore: true };
    case 'loaded-more': {
      const known = new Set(state.sessions.map(({ sessionId }) => sessionId));
      const older = action.page.sessions.filter(({ sessionId }) => !known.has(sessionId));
      return { ...state, sessions: [...state.sessions, ...older], next: action.page.next, isLoadingMore: false };
    }
    case 'failed':
      return { ...state, phase: 'failed', code: action.code, isLoadingMore: false };
    case 'fed':
      return fed(state, action.event);
    case 'told':
      return action.session === undefined ? without(state, action.sessionId) : withRow(state, action.session);
    case 'renamed':
      return changed(state, action.sessionId, (session) => ({ ...session, title: action.title }));
    case 'removed': {
      const going = state.removed === undefined ? state.going : [...state.going, state.removed.sessionId];
      return { ...state, removed: action.session, going, problem: undefined };
    }
    case 'brought-back':
      return { ...state, removed: undefined };
    case 'gone':
      return without(state, action.sessionId);
    case 'kept': {
      const removed = state.removed?.sessionId === action.sessionId ? undefined : state.removed;
      return { ...state, removed, going: state.going.filter((id) => id !== action.sessionId) };
    }
    case 'erased':
      return { ...state, phase: 'ready', sessions: [], next: undefined, removed: undefined, going: [] };
    case 'problem':
      return { ...state, problem: action.problem };
  }
}

/** Lists the rows to show: what a person has deleted is away at once. */
export function shownSessions({ sessions, removed, going }: ListState): readonly SessionSummary[] {
  return removed === undefined && going.length === 0
    ? sessions
    : sessions.filter(({ sessionId }) => sessionId !== removed?.sessionId && !going.includes(sessionId));
}

/** What an event says by itself shows at once; the rest of its row is asked for. */
function fed(state: ListState, { type, sessionId, streamId }: FeedEvent): ListState {
  switch (type) {
    case 'session-deleted':
      return without(state, sessionId);
    case 'stream-started':
      return streamId === undefined
        ? state
        : changed(state, sessionId, (session) => ({ ...session, activeStreamId: streamId }));
    case 'stream-ended':
      return changed(state, sessionId, ({ activeStreamId, ...session }) => {
        const isAnother = streamId !== undefined && activeStreamId !== undefined && activeStreamId !== streamId;
        return isAnother ? { ...session, activeStreamId } : session;
      });
    case 'session-changed':
      return state;
  }
}

function changed(state: ListState, id: string, change: (session: SessionSummary) => SessionSummary): ListState {
  return {
    ...state,
    sessions: state.sessions.map((session) => (session.sessionId === id ? change(session) : session)),
  };
}

function without(state: ListState, id: string): ListState {
  return {
    ...state,
    sessions: state.sessions.filter(({ sessionId }) => sessionId !== id),
    removed: state.removed?.sessionId === id ? undefined : state.removed,
    going: state.going.filter((one) => one !== id),
  };
}

/** Puts a row where its last change belongs. What lies behind the pages that were read comes with its page; what a
 *  search has not found is not put among what it has. */
function withRow(state: ListState, session: SessionSummary): ListState {
  const others = state.sessions.filter(({ sessionId }) => sessionId !== session.sessionId);
  const isKnown = others.length < state.sessions.length;
  if (!isKnown && state.search !== '') return state;
  const place = others.findIndex(({ updatedAt }) => Date.parse(updatedAt) <= Date.parse(session.updatedAt));
  if (!isKnown && place === -1 && state.next !== undefined) return state;
  return { ...state, sessions: others.toSpliced(place === -1 ? others.length : place, 0, session) };
}
