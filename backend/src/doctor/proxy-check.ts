// Reads a small reply through the public URL, to see whether a proxy in between holds events back or compresses them. The reply
// has no conversation, so that nothing of it stays beyond `stream_retention`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '@sillage/protocol';
import { SignJWT } from 'jose';
import type { Config } from '../config/config.ts';
import { secondsOf } from './check-limits.ts';
import { type ClockReading, readClock, timeOf } from './clock.ts';
import { type Finding, ok, problem, warning, wordsOf } from './finding.ts';

const body = JSON.stringify({ message: 'Count from 1 to 40, separated by commas.', maxTokens: 100 });
/** A reply that ended sooner than this says nothing about a proxy. */
const shortestMs = 200;
const manyEvents = 8;

/** The environment variable with a user's token, where the doctor cannot sign one. */
const tokenName = 'SILLAGE_TOKEN';

export interface ProxyOptions {
  /** The public URL; `undefined`: nothing is checked. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly limitMs: number;
  readonly clocks: ClockReading[];
}

export async function checkProxy(config: Config, { url, token, limitMs, clocks }: ProxyOptions): Promise<Finding[]> {
  if (url === undefined) return [ok('proxy', 'not checked: name the public URL with --url https://chat.example.com')];
  const signed = token ?? (await ownToken(config));
  if (signed === undefined) {
    return [problem('proxy', 'no token to sign in with', `Set ${tokenName} to a token of a user.`)];
  }
  const signal = AbortSignal.timeout(limitMs);
  try {
    return await readThrough(url, { token: signed, signal, clocks });
  } catch (error) {
    if (signal.aborted) return [problem('proxy', `${url}: no response within ${secondsOf(limitMs)}`, silentAdvice)];
    return [
      problem(
        'proxy',
        `${url} cannot be read (${wordsOf(error)})`,
        'Check the URL, DNS, the certificate and that the server runs.',
      ),
    ];
  }
}

const silentAdvice =
  'Check that the URL leads to the server, and that the server runs. A proxy that waits for the whole reply looks the same: turn its buffering off for /api.';

interface Reading {
  readonly token: string;
  readonly signal: AbortSignal;
  readonly clocks: ClockReading[];
}

async function readThrough(url: string, { token, signal, clocks }: Reading): Promise<Finding[]> {
  const sentAt = performance.now();
  let response = Response.error();
  const reading = await readClock('the public URL', async () => {
    response = await fetch(new URL(routes.stream, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'accept-encoding': 'gzip, br' },
      body,
      redirect: 'manual',
      signal,
    });
    return timeOf(response.headers) ?? Number.NaN;
  });
  if (response.status !== 200) return [await unexpected(response)];
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return [problem('proxy', 'the response is no event stream', 'The URL must lead to Sillage: correct --url.')];
  }
  const arrivals = await arrivalsOf(response, { sentAt, signal });
  if (!Number.isNaN(reading.aheadMs) && !isHeldBack(arrivals)) clocks.push(reading);
  return [checkArrivals(arrivals), ...checkEncoding(response)];
}

/** When the pieces of a body arrived, in ms after the request, and how many events it had. */
interface Arrivals {
  readonly pieces: readonly number[];
  readonly events: number;
}

/** Reads a body to its end, or until the time is over. */
async function arrivalsOf(
  response: Response,
  { sentAt, signal }: { sentAt: number; signal: AbortSignal },
): Promise<Arrivals> {
  const decoder = new TextDecoder();
  const pieces: number[] = [];
  let text = '';
  try {
    for await (const piece of response.body ?? []) {
      pieces.push(performance.now() - sentAt);
      text += decoder.decode(piece, { stream: true });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { pieces, events: text.match(/^data:/gm)?.length ?? 0 };
}

/** The server sends the beginning at once and then event by event: one that a proxy holds back arrives late, or in lumps. */
function isHeldBack({ pieces, events }: Arrivals): boolean {
  const [first = 0, last = 0] = [pieces[0], pieces.at(-1)];
  return last >= shortestMs && (last - first < last / 4 || (events >= manyEvents && pieces.length <= events / 4));
}

function checkArrivals(arrivals: Arrivals): Finding {
  const { pieces, events } = arrivals;
  if (events === 0) {
    const advice =
      'The model has sent no token, or a proxy holds events back: see the provider above, and turn buffering off for /api.';
    return problem('proxy', 'the response has begun, but no event has arrived in time', advice);
  }
  const lastMs = Math.round(pieces.at(-1) ?? 0);
  const message = `${events} events in ${pieces.length} pieces within ${lastMs} ms`;
  if (isHeldBack(arrivals)) {
    const advice =
      'Turn buffering off for /api, as `proxy_buffering off` does in nginx (docs/operations.md, Balancer rules).';
    return problem('proxy', `a proxy holds events back: ${message}`, advice);
  }
  if (lastMs < shortestMs) {
    return warning(
      'proxy',
      `the reply was too short to judge: ${message}`,
      'Repeat it with a model that takes longer.',
    );
  }
  return ok('proxy', `events arrive one by one: ${message}`);
}

function checkEncoding({ headers }: Response): Finding[] {
  const encoding = headers.get('content-encoding');
  if (encoding === null) return [];
  const advice = 'Do not compress text/event-stream: some proxies hold events back to compress them.';
  return [warning('proxy', `responses are compressed (${encoding})`, advice)];
}

async function unexpected(response: Response): Promise<Finding> {
  const { status, headers } = response;
  await response.body?.cancel();
  const location = headers.get('location');
  const advice =
    location !== null
      ? `It redirects to ${location}: use that address with --url.`
      : status === 401
        ? `The server refuses the token: run the doctor with the settings of the server, or set ${tokenName}.`
        : 'The URL must lead to a running server: correct --url, or read the logs of the server and the proxy.';
  return problem('proxy', `a start was answered with ${status}`, advice);
}

/** Signs a token that the server accepts; `undefined` where an identity provider signs them. */
async function ownToken({ jwt, dataDir }: Config): Promise<string | undefined> {
  const file = join(dataDir, 'jwt-secret');
  if (jwt.jwksUrl !== undefined || (jwt.secret === undefined && !existsSync(file))) return undefined;
  const secret = jwt.secret ?? readFileSync(file, 'utf8').trim();
  const claims = new SignJWT({ ...(jwt.issuer && { iss: jwt.issuer }), ...(jwt.audience && { aud: jwt.audience }) });
  return claims
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('sillage-doctor')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(secret));
}
