// What a stream is made of. Events are immutable, ordered by offset, and `end` is always the single last one.
import type { FailureCode } from './errors.ts';
import type { Offset } from './offset.ts';

/** Lists why a stream can end (docs/protocol.md §3). */
export const finishReasons = ['stop', 'length', 'content-filter', 'stopped', 'interrupted', 'error'] as const;

/** Says why a stream ended. `stopped`: a person ended it; `interrupted`: its producer died or nobody read it. */
export type FinishReason = (typeof finishReasons)[number];

/** Counts what a reply cost, in the provider's tokens. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Adds text to the reply. `offset` lies behind the text: `offset - text.length` is where it begins. */
export interface TextEvent {
  readonly type: 'text';
  readonly text: string;
  readonly offset: Offset;
}

/** Adds text to the model's reasoning, which is shown apart from the reply; counts like text. */
export interface ReasoningEvent {
  readonly type: 'reasoning';
  readonly text: string;
  readonly offset: Offset;
}

/** Ends the stream; counts 1. `code` is set when `finishReason` is `error` or `interrupted`. */
export interface EndEvent {
  readonly type: 'end';
  readonly offset: Offset;
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly code?: FailureCode;
  /** What a person can do about it; in English, pages translate by `code`. */
  readonly error?: string;
  /** How many of the oldest turns were left out, so that the context fits the model's window. */
  readonly trimmedTurns?: number;
}

/** Is one immutable entry of a stream. */
export type StreamEvent = TextEvent | ReasoningEvent | EndEvent;

/** Whether an end is one that a person asked for or expected: `stop`, `length`, `content-filter`. */
export function isComplete(finishReason: FinishReason | undefined): boolean {
  return finishReason === 'stop' || finishReason === 'length' || finishReason === 'content-filter';
}
