// What AiService must be told: which model to ask, where, and how long to wait for it.

/** Limits on a provider's time, in ms. */
export interface AiTimings {
  /** The longest wait for any sign of life, from the request on. Comments and empty deltas are such signs. */
  readonly stallMs: number;
  /** How long to wait, behind a finish reason, for more text, the usage and `[DONE]`; counted from the last delta. */
  readonly endGraceMs: number;
  /** The longest wait for a word of text or reasoning, whatever other signs of life there are. */
  readonly textMs?: number;
  /** The longest time that one reply may take. */
  readonly maxDurationMs?: number;
}

/** The timings in force where no setting says otherwise. */
export const defaultAiTimings: Required<AiTimings> = {
  stallMs: 60_000,
  endGraceMs: 5_000,
  textMs: 600_000,
  maxDurationMs: 3_600_000,
};

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
  /** Sent with every request, over those that the SDK would send. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Merged into the body of every request. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined;
  /** Takes `<think>` tags at the start of a reply for reasoning; `undefined`: yes. */
  readonly thinkTags?: boolean | undefined;
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
  readonly timings: AiTimings;
}

/** Injects the `AiOptions`. */
export const AI_OPTIONS = Symbol('AI_OPTIONS');
