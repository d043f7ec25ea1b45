// Local sign-in for one person on their own machine: a secret in the data folder and a link that contains a token.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StreamError } from '@sillage/protocol';
import { SignJWT } from 'jose';
import { isOpenToOthers } from '../database/sqlite/private-files.ts';

/** Reads the secret of this data folder, or creates it (mode 0600).
 *  @throws {StreamError} `storage` when other users of the machine can read it and so could sign in. */
export function localSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32).toString('base64url');
  try {
    writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isOpenToOthers(file)) throw new StreamError('storage', describeOpenSecret(file));
  const stored = readFileSync(file, 'utf8').trim();
  if (stored !== '') return stored;
  writeFileSync(file, secret); // a full disk left it empty
  return secret;
}

function describeOpenSecret(file: string): string {
  return `Other users of this machine can read ${file} and sign in with it. Delete it, and the next start creates a new one; if nobody else has used this machine, \`chmod 600 ${file}\` is enough. If the file system has no modes, set JWT_SECRET.`;
}

/** Signs a token of the single local user, valid for 90 days. */
export function localToken(secret: string): Promise<string> {
  return new SignJWT({ sub: 'local' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('90d')
    .sign(new TextEncoder().encode(secret));
}
