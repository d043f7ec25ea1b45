// What may be revoked: one token, or all tokens of a user that were issued before a moment.
import { z } from 'zod';
import type { Revocation } from '../../auth/revocation/revocation-list.ts';
import { isIdentifier } from '../../database/identifier.ts';
import { badField } from '../../http/errors.ts';
import { parseFields } from '../../http/parse-fields.ts';

/** How far the clock of another machine may be ahead. */
const skewMs = 60_000;

const only = (fields: string) => ({
  error: ({ code }: { code: string }) => (code === 'unrecognized_keys' ? `may have ${fields} only` : undefined),
});
const subject = (what: string) =>
  z
    .string(`must be ${what}`)
    .refine((id) => id.length <= 256 && isIdentifier(id), `must be ${what}: a text of 1 to 256 characters`);
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
  z.strictObject(
    {
      jti: subject('the jti of a token'),
      expiresAt: time.optional().describe("the token's expiry; default: after JWT_MAX_LIFETIME"),
    },
    only('jti and expiresAt'),
  ),
  z.strictObject(
    {
      userId: subject("a user's id"),
      before: time
        .refine((ms) => ms <= Date.now() + skewMs, 'must not be in the future')
        .optional()
        .describe('tokens issued before this time are revoked; default: now'),
    },
    only('userId and before'),
  ),
]);

/** A token by its `jti`, or the tokens of a user. Times are seconds since 1970, or ISO 8601. */
export type RevokeRequest = z.input<typeof revokeSchema>;

/** Parses a request; `keepMs` is the longest lifetime of a token.
 *  @throws {StreamError} `bad-request`. */
export function revocationOf(request: unknown, keepMs: number): Revocation {
  const data = parseFields(schemaOf(request), request);
  const now = Date.now();
  if ('jti' in data) {
    return { kind: 'token', subject: data.jti, before: null, expiresAt: data.expiresAt ?? expiryOf(now, keepMs) };
  }
  const { userId, before = now } = data;
  return { kind: 'user', subject: userId, before: Math.ceil(before), expiresAt: expiryOf(before, keepMs) };
}

/** Chooses the schema, so that an error names the fields of one kind only. */
function schemaOf(request: unknown): z.ZodType<z.output<typeof revokeSchema>> {
  const [token, user] = revokeSchema.options;
  const names = (field: string) => typeof request === 'object' && request !== null && field in request;
  if (names('userId')) return user;
  if (names('jti')) return token;
  throw badField('body', 'must be {"jti": "..."} to revoke a token, or {"userId": "..."} to revoke those of a user');
}

function expiryOf(issuedAt: number, keepMs: number): number | null {
  return Number.isFinite(keepMs) ? Math.ceil(issuedAt + keepMs) : null;
}
