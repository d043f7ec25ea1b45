// A cache of recently verified tokens, so that the repeated requests of a client do not verify its token each time.
import type { Authenticated } from '../user.ts';

/** Limits of the cache: lifetime of an entry, and number of entries. */
const cacheLimits = { ms: 60_000, entries: 1_000 };

interface VerifiedToken {
  readonly signature: string;
  readonly authenticated: Authenticated;
  /** Wall clock, as `exp`. */
  readonly expiresAt: number;
  /** Monotonic clock. */
  readonly until: number;
}

/** Verified tokens by their signed part (header and claims), so that another encoding of the signature takes no second entry. */
export class VerifiedTokens {
  /** Oldest first. */
  readonly #bySigned = new Map<string, VerifiedToken>();

  /** Returns what is known of a token that was verified before in exactly this spelling. */
  get(token: string): Authenticated | undefined {
    const { signed, signature } = partsOf(token);
    const known = this.#bySigned.get(signed);
    if (known === undefined || known.signature !== signature) return undefined;
    if (Date.now() < known.expiresAt && performance.now() < known.until) return known.authenticated;
    this.#bySigned.delete(signed);
    return undefined;
  }

  /** Caches a token for at most `forMs`, and not beyond its `exp`. */
  add(token: string, authenticated: Authenticated, forMs: number): void {
    const { signed, signature } = partsOf(token);
    this.#bySigned.delete(signed);
    const [oldest] = this.#bySigned.keys();
    if (oldest !== undefined && this.#bySigned.size >= cacheLimits.entries) this.#bySigned.delete(oldest);
    const until = performance.now() + Math.min(forMs, cacheLimits.ms);
    const expiresAt = (authenticated.token?.exp ?? Number.POSITIVE_INFINITY) * 1_000;
    this.#bySigned.set(signed, { signature, authenticated, expiresAt, until });
  }

  get size(): number {
    return this.#bySigned.size;
  }
}

function partsOf(token: string): { signed: string; signature: string } {
  const end = token.lastIndexOf('.');
  return { signed: token.slice(0, end), signature: token.slice(end + 1) };
}
