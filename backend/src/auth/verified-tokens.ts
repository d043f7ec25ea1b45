// Tokens that were verified a moment ago, so that a client which sends one again and again is not verified each time.
import type { User } from './user.ts';

/** How long a verified token is believed, and how many of them. */
const believed = { ms: 60_000, most: 1_000 };

interface VerifiedToken {
  readonly signature: string;
  readonly user: User;
  /** By the wall clock, as `exp` is. */
  readonly expiresAt: number;
  /** By the monotonic clock. */
  readonly until: number;
}

/** Remembers verified tokens by what was signed (header and claims): another spelling of a signature takes no second place. */
export class VerifiedTokens {
  /** Oldest first. */
  readonly #bySigned = new Map<string, VerifiedToken>();

  /** Returns the user of a token that was verified before, exactly as it is spelled now. */
  get(token: string): User | undefined {
    const { signed, signature } = partsOf(token);
    const known = this.#bySigned.get(signed);
    if (known === undefined || known.signature !== signature) return undefined;
    if (Date.now() < known.expiresAt && performance.now() < known.until) return known.user;
    this.#bySigned.delete(signed);
    return undefined;
  }

  /** Believes a token for at most `forMs`, and not beyond its `exp` (in seconds). */
  add(token: string, user: User, { exp = Number.POSITIVE_INFINITY, forMs }: { exp?: number; forMs: number }): void {
    const { signed, signature } = partsOf(token);
    this.#bySigned.delete(signed);
    const [oldest] = this.#bySigned.keys();
    if (oldest !== undefined && this.#bySigned.size >= believed.most) this.#bySigned.delete(oldest);
    const until = performance.now() + Math.min(forMs, believed.ms);
    this.#bySigned.set(signed, { signature, user, expiresAt: exp * 1_000, until });
  }

  get size(): number {
    return this.#bySigned.size;
  }
}

function partsOf(token: string): { signed: string; signature: string } {
  const end = token.lastIndexOf('.');
  return { signed: token.slice(0, end), signature: token.slice(end + 1) };
}
