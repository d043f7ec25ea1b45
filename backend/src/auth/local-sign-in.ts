// Sign-in for one person on their own machine: a secret in the data folder, and a link that carries a token.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

/** Reads the secret of this data folder, making it first where there is none (mode 0600). */
export function localSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32).toString('base64url');
  try {
    writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stored = readFileSync(file, 'utf8').trim();
  if (stored !== '') return stored;
  writeFileSync(file, secret); // a disk that was full left it empty
  return secret;
}

/** Builds the token of the one local user; valid for 90 days. */
export function localToken(secret: string): Promise<string> {
  return new SignJWT({ sub: 'local' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('90d')
    .sign(new TextEncoder().encode(secret));
}
