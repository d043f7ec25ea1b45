// The revocations in force, in memory: every request is checked against them.
import type { TokenClaims } from '../tokens/token-claims.ts';

/** One revocation. Times in milliseconds since 1970. */
export interface Revocation {
  /** `token`: the one with this `jti`; `user`: all tokens of the user that were issued before `before`. */
  readonly kind: 'token' | 'user';
  readonly subject: string;
  readonly before: number | null;
  /** When every token that it applies to has expired; `null`: never. */
  readonly expiresAt: number | null;
}

/** The revocations by what they apply to. */
export class RevocationList {
  readonly #tokens = new Map<string, Revocation>();
  readonly #users = new Map<string, Revocation>();

  get size(): number {
    return this.#tokens.size + this.#users.size;
  }

  /** Adds a revocation. Two of the same subject both stay in force: the later time of each counts. */
  add(revocation: Revocation): void {
    const map = revocation.kind === 'token' ? this.#tokens : this.#users;
    const known = map.get(revocation.subject);
    map.set(revocation.subject, known === undefined ? revocation : merged(known, revocation));
  }

  /** Removes the revocations whose tokens have all expired. */
  dropExpired(now: number): void {
    for (const map of [this.#tokens, this.#users]) {
      for (const [subject, { expiresAt }] of map) if (expiresAt !== null && expiresAt < now) map.delete(subject);
    }
  }

  /** Whether a token of this user is revoked. One without `iat` may be older than any revocation of its user. */
  covers(userId: string, { jti, iat }: TokenClaims): boolean {
    if (jti !== undefined && this.#tokens.has(jti)) return true;
    const before = this.#users.get(userId)?.before;
    return before !== undefined && before !== null && (iat === undefined || iat * 1000 < before);
  }
}

function merged(known: Revocation, added: Revocation): Revocation {
  const isEndless = known.expiresAt === null || added.expiresAt === null;
  return {
    ...added,
    before: added.before === null ? null : Math.max(known.before ?? 0, added.before),
    expiresAt: isEndless ? null : Math.max(known.expiresAt ?? 0, added.expiresAt ?? 0),
  };
}
