// What the JSON routes answer (docs/protocol.md §2).
import type { FailureCode, RefusalCode } from './errors.ts';
import type { FinishReason, Usage } from './events.ts';
import type { StreamId } from './offset.ts';

/** Is the body of every refusal: `code` for programs, `error` for people. */
export interface RefusalAnswer {
  readonly error: string;
  readonly code: RefusalCode;
  /** What is wrong with each field, by its path; with `bad-request`. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Answers `POST /streams`. */
export interface StartAnswer {
  readonly streamId: StreamId;
}

/** Answers `POST /streams/:streamId/stop`: what the stream ended with, be it the stop or an earlier end. */
export interface StopAnswer {
  readonly streamId: StreamId;
  readonly finishReason: FinishReason;
}

/** Answers `GET /config`: what a page must know. */
export interface ConfigAnswer {
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** The demo model answers, because no key and no URL are set. */
  readonly demo: boolean;
  readonly limits: {
    readonly messageLength: number;
    readonly historyTurns: number;
    readonly historyTurnLength: number;
    readonly maxTemperature: number;
  };
}

/** Answers `POST /api/auth/ticket`. `expiresAt` (ISO 8601) is when its first use must have come. */
export interface TicketAnswer {
  readonly ticket: string;
  readonly expiresAt: string;
}

/** Is one turn of a stored conversation. */
export interface MessageAnswer {
  readonly id: string;
  readonly parentId?: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly model?: string;
  /** Absent while the reply is under way. */
  readonly finishReason?: FinishReason;
  readonly code?: FailureCode;
  readonly usage?: Usage;
  readonly streamId?: StreamId;
}

/** Answers `GET /sessions/:sessionId`: every message of every branch, oldest first; `leafId` ends the branch last used. */
export interface SessionAnswer {
  readonly sessionId: string;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly activeStreamId?: StreamId;
  readonly leafId?: string;
  readonly messages: readonly MessageAnswer[];
}
