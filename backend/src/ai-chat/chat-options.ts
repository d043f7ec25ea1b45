// The options of the chat, apart from those of the model.
import type { Timings } from '../timings.ts';
import type { OnEnd, Prepare } from './hooks.ts';

/** Options and limits of chats; lengths in UTF-16 units. */
export interface ChatOptions {
  readonly isEnabled: boolean;
  readonly isDemo: boolean;
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** The providers that `prepare` may choose from. */
  readonly providers?: readonly NamedProvider[] | undefined;
  readonly maxTemperature: number;
  /** The server's own system prompt. */
  readonly systemPrompt: string | undefined;
  /** The longest system prompt that a user may set; 0: none. */
  readonly systemPromptLength: number;
  /** Whether the model writes the titles of conversations. */
  readonly hasModelTitles: boolean;
  readonly maxReply: number;
  /** Maximum number of concurrent streams. */
  readonly streamsPerUser: number;
  readonly startsPerMinute: number;
  readonly timings: Timings;
  /** The hooks of a host application. */
  readonly prepare?: Prepare | undefined;
  readonly onEnd?: OnEnd | undefined;
}

/** A provider and its models, the usual one first. */
interface NamedProvider {
  readonly name: string;
  readonly models: readonly string[];
}

/** Injects the options. */
export const CHAT_OPTIONS = Symbol('ChatOptions');
