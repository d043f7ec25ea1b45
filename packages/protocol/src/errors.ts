// Every way in which Sillage says no. The codes are closed sets: a client may switch over them.

/** Lists the codes of a stream that ended badly; they travel in the end frame (docs/protocol.md §5). */
export const failureCodes = [
  'interrupted',
  'abandoned',
  'provider-auth',
  'provider-rate-limited',
  'provider-unavailable',
  'provider-timeout',
  'provider-bad-response',
  'provider-refused',
  'context-too-long',
  'prompt-refused',
  'storage',
  'internal',
] as const;

/** Says why a stream ended badly. */
export type FailureCode = (typeof failureCodes)[number];

/** Maps each refusal to its HTTP status; a refusal comes before the stream's headers (docs/protocol.md §5). */
export const errorStatus = {
  'bad-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'rate-limited': 429,
  'quota-exceeded': 429,
  internal: 500,
  'ai-disabled': 503,
  'auth-unavailable': 503,
  'shutting-down': 503,
  storage: 503,
} as const;

/** Says why a request was refused. */
export type RefusalCode = keyof typeof errorStatus;

/** Says why a client gave up: no server could be reached, or what answered did not speak this protocol. */
export type ConnectionCode = 'network' | 'bad-response';

/** Says why a store refused a producer: another epoch owns the stream, or it has ended. */
export type StoreCode = 'fenced' | 'stream-ended';

export type StreamErrorCode = FailureCode | RefusalCode | ConnectionCode | StoreCode;

/** Carries what went wrong as a closed `code`, and in the message what to do about it. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: StreamErrorCode;
  /** What is wrong with each field of a refused request, by its path. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** How long to wait before asking again, in seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    code: StreamErrorCode,
    message: string,
    options: { cause?: unknown; fields?: Readonly<Record<string, string>>; retryAfter?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.fields = options.fields;
    this.retryAfter = options.retryAfter;
  }
}

/** Says what a person can do about a stream that ended badly: the `error` of its end frame. */
export const failureMessages: Readonly<Record<FailureCode, string>> = {
  interrupted: 'The reply was interrupted. What came is kept; ask again for the rest.',
  abandoned: 'Nobody was reading, so the reply was ended early. Ask again for the rest.',
  'provider-auth': 'The model provider refused the key of this server. Tell its operator.',
  'provider-rate-limited': 'The model is busy. Try again in a moment.',
  'provider-unavailable': 'The model cannot be reached. Try again in a moment.',
  'provider-timeout': 'The model has stopped answering. Try again.',
  'provider-bad-response': 'The model sent an answer that cannot be read. Try again.',
  'provider-refused': 'The model provider refused the request. Tell the operator of this server.',
  'context-too-long': 'The conversation is too long for this model. Start a new one, or send a shorter message.',
  'prompt-refused': 'The model provider does not answer this message. Put it in other words.',
  storage: 'The reply could not be stored. Try again.',
  internal: 'Something went wrong on the server. Try again.',
};
