// What AiService must be told: which model to ask, where, and how long to wait for it.

/** Is how long a provider may be silent, in ms. */
export interface AiTimings {
  /** Nothing heard for so long, from the request on: the provider has stopped answering. */
  readonly stallMs: number;
  /** How long to wait for usage and `[DONE]` once a finish reason was seen. */
  readonly endGraceMs: number;
}

/** Holds the timings in force unless told otherwise. */
export const defaultAiTimings: AiTimings = { stallMs: 60_000, endGraceMs: 2_000 };

/** Is how the model is asked; `config/config.ts` makes it from the settings. */
export interface AiOptions {
  readonly enabled: boolean;
  /** Absent: no `Authorization` header is sent, as local servers like it. */
  readonly apiKey: string | undefined;
  readonly model: string;
  /** The models that a client may choose from; whoever takes the request checks it. */
  readonly models: readonly string[];
  /** The base URL, such as `https://api.openai.com/v1`. */
  readonly apiUrl: string;
  /** Opens every conversation that has no system message of its own. */
  readonly systemPrompt: string | undefined;
  /** Bounds every reply; a request may ask for less. */
  readonly maxTokens: number | undefined;
  /** In tokens; `undefined`: by the model's name. */
  readonly contextWindow?: number | undefined;
  /** Tells the provider the SHA-256 of the user's id, so that it can tell users apart. */
  readonly hashUserId: boolean;
  readonly timings: AiTimings;
}

/** Injects the `AiOptions`. */
export const AI_OPTIONS = Symbol('AI_OPTIONS');
