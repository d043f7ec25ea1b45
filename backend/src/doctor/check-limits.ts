// How long each check may take. A check that reaches its limit is a problem, with what to do about it.

/** Limits in milliseconds. */
export interface CheckLimits {
  readonly databaseMs: number;
  readonly redisMs: number;
  /** The keys of an identity provider. */
  readonly keysMs: number;
  /** Until the first token of the model. */
  readonly providerMs: number;
  /** A reply through the public URL. One that takes longer is judged by its beginning. */
  readonly publicUrlMs: number;
  /** When the command says that it waits. */
  readonly noticeMs: number;
}

export const defaultLimits: CheckLimits = {
  databaseMs: 5_000,
  redisMs: 5_000,
  keysMs: 5_000,
  providerMs: 10_000,
  publicUrlMs: 15_000,
  noticeMs: 2_000,
};

/** Formats a limit for a message. */
export function secondsOf(ms: number): string {
  return `${ms / 1000} s`;
}
