// The port for measurements. Each method is called where something happens, and must only count: some are on the path of
// every token. Nothing is measured unless the application gives an observer.
import type { FailureCode, FinishReason, Usage } from '@sillage/protocol';

/** A reply that has ended. */
export interface MeasuredReply {
  /** `undefined` for a reply of a process that died, if its start has stored none. */
  readonly model: string | undefined;
  readonly finishReason: FinishReason;
  readonly usage?: Usage | undefined;
  /** In ms, from the start of the reply. */
  readonly durationMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly lastTokenMs?: number | undefined;
}

/** Receives measurements; durations are in ms. */
export interface Observer {
  /** A piece of a reply was stored, after `ms`. */
  appended?(ms: number): void;
  /** The database committed a transaction, which took `ms`. */
  committed?(ms: number): void;
  replyEnded?(reply: MeasuredReply): void;
  /** A completion request failed, after its retries. */
  providerFailed?(code: FailureCode): void;
  /** A completion request is sent again after a failure. */
  providerRetried?(): void;
  /** A reader resumes a stream; `replayed` is the length of the stored text that it gets first. */
  readOpened?(read: { readonly isResume: boolean; readonly replayed: number }): void;
  /** A stop has ended a reply, after `ms`. */
  stopped?(ms: number): void;
  /** The lease of this node has expired. */
  leaseLost?(): void;
  /** Another node has taken over a stream of this node. */
  fenced?(): void;
}

/** Injects the observer. */
export const OBSERVER = Symbol('Observer');
