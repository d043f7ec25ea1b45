// The state of the conversation list. Pure: rows change by pages, by feed events, and by the person's actions.
import type { FeedEvent, SessionSummary, SessionsResponse, StreamErrorCode } from '@sillage/protocol';

/** The properties that identify a conversation to a person. */
export type NamedSession = Pick<SessionSummary, 'sessionId' | 'title'>;

/** The action that failed while the list itself is loaded. */
export type ListProblem = 'rename' | 'pin' | 'remove' | 'export' | 'erase' | 'stop';

/** The state of the list. */
export interface ListState {
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Why loading failed, if `phase` is `failed`. */
  readonly code: StreamErrorCode | undefined;
  /** The search text of the current rows; empty if they are not filtered. */
  readonly search: string;
  /** Pinned ones first, then most recently changed first. */
  readonly sessions: readonly SessionSummary[];
  /** The position of the next page, if there are older conversations. */
  readonly next: string | undefined;
  readonly isLoadingMore: boolean;
  /** A deleted conversation whose deletion can still be undone. */
  readonly removed: NamedSession | undefined;
  /** Conversations whose permanent deletion is in progress. */
  readonly going: readonly string[];
  readonly problem: { readonly what: ListProblem; readonly code: StreamErrorCode } | undefined;
}

/** Actions on the list. */
export type ListAction =
  | { readonly type: 'load' }
  | { readonly type: 'loaded'; readonly search: string; readonly page: SessionsResponse }
  | { readonly type: 'load-more' }
  | { readonly type: 'loaded-more'; readonly page: SessionsResponse }
  | { readonly type: 'failed'; readonly code: StreamErrorCode }
  | { readonly type: 'fed'; readonly event: FeedEvent }
  /** The current row from the server; `undefined` if the conversation does not exist. */
  | { readonly type: 'told'; readonly sessionId: string; readonly session: SessionSummary | undefined }
  | { readonly type: 'renamed'; readonly sessionId: string; readonly title: string }
  | { readonly type: 'pinned'; readonly sessionId: string; readonly pinned: boolean }
  | { readonly type: 'removed'; readonly session: NamedSession }
  | { readonly type: 'brought-back' }
  | { readonly type: 'gone'; readonly sessionId: string }
  /** The deletion failed. */
  | { readonly type: 'kept'; readonly sessionId: string }
  | { readonly type: 'erased' }
  | { readonly type: 'problem'; readonly problem: ListState['problem'] };

/** The initial state, before the first page is loaded. */
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

/** Returns the state after one more action. Pure. */
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
      return {
        ...state,
        sessions: [...state.sessions, ...older].sort(inListOrder),
        next: action.page.next,
        isLoadingMore: false,
      };
    }
    case 'failed':
      return { ...state, phase: 'failed', code: action.code, isLoadingMore: false };
    case 'fed':
      return fed(state, action.event);
    case 'told':
      return action.session === undefined ? without(state, action.sessionId) : withRow(state, action.session);
    case 'renamed':
      return changed(state, action.sessionId, (session) => ({ ...session, title: action.title }));
    case 'pinned': {
      const { sessions } = changed(state, action.sessionId, (session) => ({ ...session, pinned: action.pinned }));
      return { ...state, sessions: sessions.toSorted(inListOrder) };
    }
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

/** Returns the visible rows: deleted conversations are hidden immediately. */
export function shownSessions({ sessions, removed, going }: ListState): readonly SessionSummary[] {
  return removed === undefined && going.length === 0
    ? sessions
    : sessions.filter(({ sessionId }) => sessionId !== removed?.sessionId && !going.includes(sessionId));
}

/** Applies the information that an event itself contains; the rest of its row is requested separately. */
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

/** Compares two rows by their place in the list. */
function inListOrder(one: SessionSummary, other: SessionSummary): number {
  const pins = Number(other.pinned === true) - Number(one.pinned === true);
  return pins || Date.parse(other.updatedAt) - Date.parse(one.updatedAt);
}

/** Inserts a row in the order of the list. A row beyond the loaded pages is left out until its page is
 *  loaded. A row that is not among the search results is not added to them. */
function withRow(state: ListState, session: SessionSummary): ListState {
  const others = state.sessions.filter(({ sessionId }) => sessionId !== session.sessionId);
  const isKnown = others.length < state.sessions.length;
  if (!isKnown && state.search !== '') return state;
  const isBeyond = others.every((one) => inListOrder(session, one) > 0);
  if (!isKnown && isBeyond && state.next !== undefined) return state;
  return { ...state, sessions: [session, ...others].sort(inListOrder) };
}
