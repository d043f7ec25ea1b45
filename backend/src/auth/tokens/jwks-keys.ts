// The public keys of an identity provider (a JWKS), fetched again before they expire.
// An unreachable provider signs nobody out: a token that cannot be checked is `auth-unavailable`, never `unauthorized`.
import { Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { fetchJson } from './fetch-json.ts';

/** Settings of the keys, in milliseconds, and the dependencies that a test replaces. */
export interface JwksOptions {
  readonly url: string;
  /** How long fetched keys are trusted: a key that the provider removed is refused within this time. */
  readonly maxAgeMs?: number;
  /** How long the last keys stay in use while the provider cannot be reached. */
  readonly outageMs?: number;
  /** Pause after a failed fetch. */
  readonly retryMs?: number;
  /** Shortest time between two fetches caused by tokens that name an unknown key. */
  readonly unknownKeyMs?: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  /** A monotonic clock. */
  readonly now?: () => number;
}

/** Largest accepted JWKS, in bytes. */
const maxBytes = 256 * 1024;

const defaults = { maxAgeMs: 60_000, outageMs: 3_600_000, retryMs: 5_000, unknownKeyMs: 1_000, timeoutMs: 5_000 };

/** Finds the key that signed a token. At most one fetch runs at a time, and every caller shares it. */
export class JwksKeys {
  readonly #options: Required<JwksOptions>;
  readonly #logger = new Logger(JwksKeys.name);
  #find: ReturnType<typeof createLocalJWKSet> | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #fetching: Promise<void> | undefined;

  constructor(options: JwksOptions) {
    this.#options = { ...defaults, fetch, now: () => performance.now(), ...options };
  }

  /** Finds the key of a token, in the form that `jwtVerify` expects. An unknown key causes one more fetch.
   *  @throws {StreamError} `auth-unavailable` when the keys cannot be fetched; an error of `jose` when there is no such key. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const { maxAgeMs, outageMs, unknownKeyMs } = this.#options;
    if (this.#age() > maxAgeMs) await this.#fetch();
    else if (this.#age() > maxAgeMs / 2) void this.#fetch(); // refreshes early, so that no request waits for it
    if (this.#find === undefined || this.#age() > maxAgeMs + outageMs) throw this.#unavailable();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (this.#age() > unknownKeyMs) await this.#fetch();
      if (this.#age() > unknownKeyMs) throw this.#unavailable(); // the provider may have published the key since
      return this.#find(header, token);
    }
  };

  /** Returns for how long a token that these keys verified may be cached, in milliseconds. */
  trustedForMs(): number {
    return Math.max(0, this.#options.maxAgeMs - this.#age());
  }

  #age(): number {
    return this.#options.now() - this.#fetchedAt;
  }

  /** Fetches the keys, unless a fetch failed less than `retryMs` ago. Never rejects: the caller checks the age of the keys. */
  #fetch(): Promise<void> {
    if (this.#pauseMs() > 0) return Promise.resolve();
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<void> {
    const { url, fetch, now, timeoutMs } = this.#options;
    const startedAt = now(); // the keys are as old as the request
    try {
      this.#find = createLocalJWKSet((await fetchJson(url, { fetch, timeoutMs, maxBytes })) as JSONWebKeySet);
      this.#fetchedAt = startedAt;
      this.#failedAt = Number.NEGATIVE_INFINITY;
      if (this.#isFailing) this.#logger.warn('The keys of JWT_JWKS_URL can be fetched again.');
      this.#isFailing = false;
    } catch (error) {
      this.#failedAt = now();
      if (!this.#isFailing) this.#logger.warn(`The keys of JWT_JWKS_URL cannot be fetched: ${causeOf(error)}`);
      this.#isFailing = true;
    }
  }

  #pauseMs(): number {
    return this.#failedAt + this.#options.retryMs - this.#options.now();
  }

  #unavailable(): StreamError {
    const retryAfter = Math.max(1, Math.ceil(this.#pauseMs() / 1_000));
    const message = 'The identity provider does not respond, so the token cannot be checked. Try again in a moment.';
    return new StreamError('auth-unavailable', message, { retryAfter });
  }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return [message, cause?.message].filter(Boolean).join(': ');
}
