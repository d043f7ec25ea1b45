// Compares a secret of the operator with what a request sends.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header has this token, in a time that does not depend on how much of it is right. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(hashOf(given), hashOf(token));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
