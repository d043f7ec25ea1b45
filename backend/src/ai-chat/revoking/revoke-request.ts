// What may be revoked: one token, or all tokens of a user that were issued before a moment.
import { z } from 'zod';
import type { Revocation } from '../../auth/revocation/revocation-list.ts';
import { isIdentifier } from '../../database/identifier.ts';
import { badFields } from '../../http/errors.ts';

/** How far the clock of another machine may be ahead. */
const skewMs = 60_000;

const subject = (what: string) =>
  z.string().refine((id) => id.length <= 256 && isIdentifier(id), `must be ${what}: a text of 1 to 256 characters`);
const time = z
  .union([z.number(), z.string()], {
    error: 'must be seconds since 1970, as in a JWT, or a time such as 2026-11-29T08:00:00Z',
  })
  .transform((value, context) => {
    const ms = typeof value === 'number' ? value * 1000 : Date.parse(value);
    if (ms >= 0 && ms < 1e14) return ms; // milliseconds in place of seconds are beyond it
    context.addIssue('must be seconds since 1970, as in a JWT, or a time such as 2026-11-29T08:00:00Z');
    return z.NEVER;
  });

/** The schema of a request, for one of the two. */
export const revokeSchema = z.union([
  z.strictObject({
    jti: subject('the jti of a token'),
    expiresAt: time.optional().describe("the token's expiry; default: after JWT_MAX_LIFETIME"),
  }),
  z.strictObject({
    userId: subject("a user's id"),
    before: time
      .refine((ms) => ms <= Date.now() + skewMs, 'must not be in the future')
      .optional()
      .describe('tokens issued before this time are revoked; default: now'),
  }),
]);

/** A token by its `jti`, or the tokens of a user. Times are seconds since 1970, or ISO 8601. */
export type RevokeRequest = z.input<typeof revokeSchema>;

/** Parses a request; `keepMs` is the longest lifetime of a token.
 *  @throws {StreamError} `bad-request`. */
export function revocationOf(request: unknown, keepMs: number): Revocation {
  const schema = typeof request === 'object' && request !== null && 'userId' in request ? 1 : 0;
  const { data, error } = (revokeSchema.options[schema] as z.ZodType<z.output<typeof revokeSchema>>).safeParse(request);
  if (data === undefined) throw badFields(error.issues);
  const now = Date.now();
  if ('jti' in data) {
    return { kind: 'token', subject: data.jti, before: null, expiresAt: data.expiresAt ?? expiryOf(now, keepMs) };
  }
  const { userId, before = now } = data;
  return { kind: 'user', subject: userId, before: Math.ceil(before), expiresAt: expiryOf(before, keepMs) };
}

function expiryOf(issuedAt: number, keepMs: number): number | null {
  return Number.isFinite(keepMs) ? Math.ceil(issuedAt + keepMs) : null;
}
