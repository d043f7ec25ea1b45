// The wire format of Sillage, for both sides of the wire. Normative text: docs/protocol.md.

export { type ChatRequest, type HistoryTurn, limits } from './chat-request.ts';
export {
  type ConnectionCode,
  errorStatus,
  type FailureCode,
  failureCodes,
  failureMessages,
  type RequestErrorCode,
  type StoreCode,
  StreamError,
  type StreamErrorCode,
} from './errors.ts';
export {
  type EndEvent,
  type FinishReason,
  finishReasons,
  isComplete,
  type ReasoningEvent,
  type ReplyEnd,
  type StreamEvent,
  type TextEvent,
  type Usage,
} from './events.ts';
export { type FeedEvent, type FeedNotice, type FeedReady, type FeedResync, feedEventTypes } from './feed.ts';
export { eventOf, type Frame, frameOf } from './frames.ts';
export * as headers from './headers.ts';
export { type EventId, formatEventId, type Offset, parseEventId, type StreamId } from './offset.ts';
export type {
  ConfigResponse,
  ErrorResponse,
  SearchMatch,
  SessionChange,
  SessionMessage,
  SessionResponse,
  SessionSettings,
  SessionSummary,
  SessionsResponse,
  StartResponse,
  StopResponse,
  TicketResponse,
  TimelinePart,
  TimelineReader,
  TimelineResponse,
  UsageResponse,
  UsageTotals,
} from './responses.ts';
export { routes } from './routes.ts';
export * as streamRoutes from './stream-routes.ts';
export { isHighSurrogate, isInsidePair } from './well-formed.ts';
