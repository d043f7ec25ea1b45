// Checks what sign-in needs besides its settings: the keys of an identity provider, or the file of local sign-in.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { fetchJson } from '../auth/tokens/fetch-json.ts';
import type { Config } from '../config/config.ts';
import { isOpenToOthers } from '../database/sqlite/private-files.ts';
import { type Finding, ok, problem, wordsOf } from './finding.ts';

const maxBytes = 256 * 1024;

export async function checkSignIn({ jwt, dataDir }: Config, limitMs: number): Promise<Finding[]> {
  if (jwt.jwksUrl !== undefined) return [await checkKeys(jwt.jwksUrl, limitMs)];
  return jwt.secret === undefined ? checkLocalSecret(join(dataDir, 'jwt-secret')) : [];
}

async function checkKeys(url: string, timeoutMs: number): Promise<Finding> {
  const advice =
    'Correct JWT_JWKS_URL, or check DNS, the firewall and the certificate: until then no token can be checked.';
  try {
    const jwks = (await fetchJson(url, { fetch, timeoutMs, maxBytes })) as JSONWebKeySet;
    createLocalJWKSet(jwks); // throws unless it is one
    if (jwks.keys.length === 0) return problem('sign-in', 'JWT_JWKS_URL has no keys', advice);
    return ok('sign-in', `JWT_JWKS_URL can be fetched, keys: ${jwks.keys.length}`);
  } catch (error) {
    return problem('sign-in', `the keys of JWT_JWKS_URL cannot be fetched (${wordsOf(error)})`, advice);
  }
}

/** The server does not start with a secret that is open to others. */
function checkLocalSecret(file: string): Finding[] {
  if (!existsSync(file) || !isOpenToOthers(file)) return [];
  const advice = `Delete it, so that the next start creates a new one; if nobody else has used this machine, chmod 600 ${file}.`;
  return [problem('sign-in', `other users of this machine can read ${file}`, advice)];
}
