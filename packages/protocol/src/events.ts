// The events of a stream. They are immutable and ordered by offset; `end` is always the single last one.
import type { FailureCode } from './errors.ts';
import type { Offset } from './offset.ts';

/** Why a stream can end (docs/protocol.md §3). */
export const finishReasons = ['stop', 'length', 'content-filter', 'stopped', 'interrupted', 'error'] as const;

/** Why a stream ended. `stopped`: a person stopped it; `interrupted`: its server died, was shut down or
 *  lost its lease, or it had no reader. */
export type FinishReason = (typeof finishReasons)[number];

/** What a reply has used, in the provider's tokens. */
export interface Usage {
  readonly promptTokens: number;
  /** Includes the reasoning. */
  readonly completionTokens: number;
  /** The part of `promptTokens` that the provider read from its cache, where it says so. */
  readonly cachedTokens?: number;
  /** The part of `completionTokens` that the model used for reasoning, where it is known. */
  readonly reasoningTokens?: number;
  /** Whether the server has counted the tokens itself, because the provider did not. */
  readonly estimated?: true;
  /** By the server's `ai_prices`, in their currency; absent for a model without a price. */
  readonly cost?: number;
}

/** Text added to the reply. `offset` lies after the text, which begins at `offset - text.length`. */
export interface TextEvent {
  readonly type: 'text';
  readonly text: string;
  readonly offset: Offset;
}

/** Text added to the model's reasoning, which is shown apart from the reply. Its offset counts like that of text. */
export interface ReasoningEvent {
  readonly type: 'reasoning';
  readonly text: string;
  readonly offset: Offset;
}

/** How a reply ended: in its end event, its frame and its stored message. `code` is set when `finishReason` is `error` or
 *  `interrupted`. */
export interface ReplyEnd {
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly code?: FailureCode;
  /** How many of the oldest messages were left out, so that the context fits the model's window. */
  readonly trimmedTurns?: number;
  /** How long the provider asks to wait before the next request, in seconds from the end. */
  readonly retryAfter?: number;
  /** How long the model reasoned, in ms: from its first reasoning to the first text after it, or to the end. */
  readonly reasoningMs?: number;
}

/** The end of the stream; counts 1. */
export interface EndEvent extends ReplyEnd {
  readonly type: 'end';
  readonly offset: Offset;
  /** What a person can do about it, in English; pages translate by `code`. */
  readonly error?: string;
}

/** One immutable entry of a stream. */
export type StreamEvent = TextEvent | ReasoningEvent | EndEvent;

/** Whether the model itself finished the reply: `stop`, `length` or `content-filter`. */
export function isComplete(finishReason: FinishReason | undefined): boolean {
  return finishReason === 'stop' || finishReason === 'length' || finishReason === 'content-filter';
}
