// Settings that are valid one by one, but contradict one another or let strangers sign in.
import type { z } from 'zod';
import { isWeakSecret } from '../auth/tokens/weak-secret.ts';
import type { AuthRisk } from './setting-values.ts';
import type { settings } from './settings.ts';

type Values = z.infer<typeof settings>;

/** Returns what is wrong with the values, each with what to do; nothing if they are safe. */
export function problemsIn(values: Values): string[] {
  return [...signInProblems(values), ...sharedProblems(values), ...portProblems(values), ...riskProblems(values)];
}

function signInProblems({ host, jwt_secret, jwt_jwks_url }: Values): string[] {
  if (jwt_secret !== undefined && jwt_jwks_url !== undefined) {
    return ['JWT_SECRET and JWT_JWKS_URL exclude each other; set one of them'];
  }
  if (jwt_jwks_url !== undefined && hasCredentials(new URL(jwt_jwks_url))) {
    return ['JWT_JWKS_URL must have no user and no password; the keys are public'];
  }
  if (jwt_secret !== undefined || jwt_jwks_url !== undefined || isLoopback(host)) return [];
  return [
    `HOST ${host} is open to other machines, where local sign-in is not safe; set JWT_SECRET or JWT_JWKS_URL, or unset HOST`,
  ];
}

function sharedProblems({ database_url, redis_url, jwt_secret, jwt_jwks_url }: Values): string[] {
  if ((database_url === undefined) !== (redis_url === undefined)) {
    return ['DATABASE_URL and REDIS_URL go together; set both for many nodes, or neither for a single node'];
  }
  if (database_url === undefined || jwt_secret !== undefined || jwt_jwks_url !== undefined) return [];
  return ['DATABASE_URL cannot be used with local sign-in; set JWT_SECRET or JWT_JWKS_URL'];
}

function portProblems({ port, metrics_port }: Values): string[] {
  if (port === 0 || metrics_port !== port) return [];
  return ['metrics_port must differ from PORT; unset it to have the metrics on PORT'];
}

/** Names the risks that `jwt_allow` does not accept. */
function riskProblems(values: Values): string[] {
  const found = risksOf(values).filter(([risk]) => !values.jwt_allow.includes(risk));
  return found.map(([risk, text]) => `${text} (JWT_ALLOW=${risk} accepts the risk)`);
}

function risksOf({ jwt_secret, jwt_jwks_url, jwt_issuer, jwt_audience }: Values): [AuthRisk, string][] {
  const risks: [AuthRisk, string][] = [];
  if (jwt_secret !== undefined && isWeakSecret(jwt_secret)) {
    risks.push(['weak-secret', 'JWT_SECRET can be guessed; make a random one, with openssl rand -base64 32']);
  }
  if (jwt_jwks_url === undefined) return risks;
  const { protocol, hostname } = new URL(jwt_jwks_url);
  if (protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    risks.push([
      'http-jwks',
      'JWT_JWKS_URL must begin with https://; over http:// an attacker on the network could replace the keys',
    ]);
  }
  if (jwt_issuer === undefined) {
    risks.push(['any-issuer', 'JWT_JWKS_URL needs JWT_ISSUER, or tokens of every issuer with these keys are accepted']);
  }
  if (jwt_audience === undefined) {
    risks.push(['any-audience', 'JWT_JWKS_URL needs JWT_AUDIENCE, or tokens made for other applications are accepted']);
  }
  return risks;
}

/** Whether `fetch` would refuse the URL, with an error that repeats the password. */
function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
