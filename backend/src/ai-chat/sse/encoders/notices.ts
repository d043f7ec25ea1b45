// Notices of the server about a connection. They are no events of the stream: they have no id, and a reader
// that skips them loses nothing.
import { revokedMessage } from '../../../auth/revocation/revocations.ts';

/** The notices in one wire format, as whole blocks or comments. */
export interface Notices {
  /** Sent some time before the authorization of the connection expires. */
  readonly expiring: (expiresAt: Date) => string;
  /** Sent last: the authorization was revoked. */
  readonly revoked: string;
}

/** What a person can do about a revoked authorization, and its code. */
export const revocation = { error: revokedMessage, code: 'unauthorized' } as const;

/** Notices of the formats of Sillage: an event with a name, which `onmessage` of `EventSource` does not receive, and the error. */
export function namedNotices(frames: { expiring: object; revoked: object }): Notices {
  return {
    expiring: (expiresAt) =>
      `event: auth-expiring\ndata: ${JSON.stringify({ ...frames.expiring, expiresAt: expiresAt.toISOString() })}\n\n`,
    revoked: `data: ${JSON.stringify({ ...frames.revoked, ...revocation })}\n\n`,
  };
}

/** A notice for formats whose readers refuse what they do not know. No empty line follows, as with a heartbeat. */
export function expiringComment(expiresAt: Date): string {
  return `: auth-expiring ${expiresAt.toISOString()}\n`;
}
