// Sign-in for one person on their own machine: a secret in the data folder, and a link that carries a token.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StreamError } from '@sillage/protocol';
import { SignJWT } from 'jose';
import { isOpenToOthers } from '../database/sqlite/private-files.ts';

/** Reads the secret of this data folder, making it first where there is none (mode 0600).
 *  @throws {StreamError} `storage` when others can read it: they could sign in. */
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
  writeFileSync(file, secret); // a disk that was full left it empty
  return secret;
}

function describeOpenSecret(file: string): string {
  return `Other users of this machine can read ${file}, and sign in with it. Delete it, so that a new one is made; if nobody else has used this machine, \`chmod 600 ${file}\` is enough. Where the file system has no modes, set JWT_SECRET.`;
}

/** Builds the token of the one local user; valid for 90 days. */
export function localToken(secret: string): Promise<string> {
  return new SignJWT({ sub: 'local' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('90d')
    .sign(new TextEncoder().encode(secret));
}
