// The hooks of a host application: `prepare` runs before each reply, `onEnd` after it.
import type { ChatRequest, FailureCode, FinishReason, HistoryTurn, StreamId, Usage } from '@sillage/protocol';
import type { User } from '../auth/user.ts';

/** A reply that is about to start. */
export interface PlannedChat {
  readonly request: ChatRequest;
  /** The context so far, oldest first; the last one is the user's message. */
  readonly messages: readonly HistoryTurn[];
}

/** What is sent to the model instead; a field that is absent stays as planned. */
export interface PreparedChat {
  /** Replaces the system prompt of the settings. */
  readonly systemPrompt?: string | undefined;
  /** Replaces the context. The user's message is stored as it was sent. */
  readonly messages?: readonly HistoryTurn[] | undefined;
  /** Any model that the provider has; default: the requested one or, where a chosen provider lacks that, its first. */
  readonly model?: string | undefined;
  /** The only provider to ask: a name in `ai.providers`. With another name the request fails, and nothing is stored. */
  readonly provider?: string | undefined;
  readonly temperature?: number | undefined;
}

/** Decides what is sent to the model. Runs before anything is stored: an exception is the response of the request. It may run
 *  again when nodes race. */
export type Prepare = (chat: PlannedChat, user: User) => PreparedChat | undefined | Promise<PreparedChat | undefined>;

/** A reply whose end is stored. */
export interface EndedReply {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId?: string;
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly code?: FailureCode;
  readonly usage?: Usage;
}

/** Called with a reply's end, at least once: when it throws, or when the process dies, it is called again later. */
export type OnEnd = (reply: EndedReply) => void | Promise<void>;
