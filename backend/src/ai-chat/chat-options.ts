// What the chat may do, apart from the model.
import type { Timings } from '../timings.ts';

/** Bounds chats; lengths in UTF-16 units. */
export interface ChatOptions {
  readonly isEnabled: boolean;
  readonly isDemo: boolean;
  readonly models: readonly string[];
  readonly defaultModel: string;
  readonly maxTemperature: number;
  /** The model names conversations. */
  readonly hasModelTitles: boolean;
  readonly maxReply: number;
  /** Under way at the same time. */
  readonly streamsPerUser: number;
  readonly startsPerMinute: number;
  readonly timings: Timings;
}

/** Injects the options. */
export const CHAT_OPTIONS = Symbol('ChatOptions');
