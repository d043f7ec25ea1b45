// Options of AiService: the model, its provider and the timeouts.
import type { LoggerService } from '@nestjs/common';
import type { Observer } from '../observing/observer.ts';
import type { Tracing } from '../observing/tracing.ts';

/** Timeouts of a completion request, in ms. */
export interface AiTimings {
  /** Longest time without any data from the provider, starting with the request. Comments and empty deltas count as
   *  data. */
  readonly stallMs: number;
  /** How long to wait after a finish reason for more text, the usage and `[DONE]`, counted from the last delta. */
  readonly endGraceMs: number;
  /** Longest time without text or reasoning, whatever other data arrives. */
  readonly textMs?: number;
  /** Longest duration of one reply. */
  readonly maxDurationMs?: number;
}

/** Default timings. */
export const defaultAiTimings: Required<AiTimings> = {
  stallMs: 60_000,
  endGraceMs: 5_000,
  textMs: 600_000,
  maxDurationMs: 3_600_000,
};

/** One provider and the models that it has. */
export interface ProviderSettings {
  /** `undefined` for the only provider of a server. */
  readonly name: string | undefined;
  /** Base URL, such as `https://api.openai.com/v1`. */
  readonly apiUrl: string;
  /** API key; without one, no `Authorization` header is sent, as local servers expect. */
  readonly apiKey: string | undefined;
  /** Headers of every request, which override those of the SDK. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly models: readonly string[];
}

/** How completion requests are sent. `config/config.ts` builds it from the settings. */
export interface AiOptions {
  readonly enabled: boolean;
  /** API key; without one, no `Authorization` header is sent, as local servers expect. */
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Models that a client may choose. The controller validates the choice. */
  readonly models: readonly string[];
  /** Base URL, such as `https://api.openai.com/v1`. */
  readonly apiUrl: string;
  /** System message of every conversation that has none of its own. */
  readonly systemPrompt: string | undefined;
  /** Token limit of every reply; a request may set a lower one. */
  readonly maxTokens: number | undefined;
  /** Context window in tokens; `undefined`: derived from the model's name. */
  readonly contextWindow?: number | undefined;
  /** Whether to send the SHA-256 of the user's id, so that the provider can distinguish users. */
  readonly hashUserId: boolean;
  /** Headers of every request, which override those of the SDK. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Several providers, in order of preference; `undefined`: only the one of `apiUrl`. */
  readonly providers?: readonly ProviderSettings[] | undefined;
  /** Whether the next provider that has the model is tried when one fails before its first token. */
  readonly fallback?: boolean | undefined;
  /** Fields merged into the body of every request. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined;
  /** Whether `<think>` tags at the start of a reply are read as reasoning; `undefined`: yes. */
  readonly thinkTags?: boolean | undefined;
  /** Proxy variables: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
  readonly timings: AiTimings;
  readonly observer?: Observer | undefined;
  readonly tracing?: Tracing | undefined;
  /** Where provider failures are logged; default: Nest's `Logger`. */
  readonly logger?: LoggerService | undefined;
}

/** Injection token of the `AiOptions`. */
export const AI_OPTIONS = Symbol('AI_OPTIONS');
