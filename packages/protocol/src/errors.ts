// Every error of Sillage. The codes are closed sets: a client may switch over them.

/** The codes of a stream that failed or was interrupted; they are part of the end frame (docs/protocol.md §5). */
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

/** Why a stream failed or was interrupted. */
export type FailureCode = (typeof failureCodes)[number];

/** The HTTP status of each error response; these come before the stream's headers (docs/protocol.md §5). */
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

/** Why a request was rejected. */
export type RequestErrorCode = keyof typeof errorStatus;

/** Why a client gave up: no server could be reached, or the response was not of this protocol. */
export type ConnectionCode = 'network' | 'bad-response';

/** Why a store rejected a producer: another epoch owns the stream, or it has ended. */
export type StoreCode = 'fenced' | 'stream-ended';

export type StreamErrorCode = FailureCode | RequestErrorCode | ConnectionCode | StoreCode;

/** An error with a closed `code`, and a message that says what to do about it. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  declare readonly code: StreamErrorCode;
  /** What is wrong with each field of a rejected request, by its path. */
  declare readonly fields: Readonly<Record<string, string>> | undefined;
  /** How long to wait before the next request, in seconds. */
  declare readonly retryAfter: number | undefined;

  constructor(
    code: StreamErrorCode,
    message: string,
    options: { cause?: unknown; fields?: Readonly<Record<string, string>>; retryAfter?: number | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.fields = options.fields;
    this.retryAfter = options.retryAfter;
  }
}

/** What a person can do about a stream that failed or was interrupted: the `error` of its end frame. */
export const failureMessages: Readonly<Record<FailureCode, string>> = {
  interrupted: 'The reply was interrupted. The text so far is saved. Send the message again to get a complete reply.',
  abandoned: 'The reply was ended early because nobody was reading it. Send the message again to get a complete reply.',
  'provider-auth': 'The model provider rejected the API key of this server. Tell its operator.',
  'provider-rate-limited': 'The model is busy. Try again in a moment.',
  'provider-unavailable': 'The model cannot be reached. Try again in a moment.',
  'provider-timeout': 'The model stopped responding. Try again.',
  'provider-bad-response': 'The model sent an invalid response. Try again.',
  'provider-refused': 'The model provider rejected the request. Tell the operator of this server.',
  'context-too-long': 'The conversation is too long for this model. Start a new one, or send a shorter message.',
  'prompt-refused': 'The model provider does not reply to this message. Rephrase it.',
  storage: 'The reply could not be stored. Try again.',
  internal: 'Something went wrong on the server. Try again.',
};
