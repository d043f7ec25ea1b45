// `sillage doctor`, with each problem caused for real: as a process once, then by its function, which takes less time.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { routes } from '@sillage/protocol';
import {
  type CuttingProxy,
  connectPostgres,
  freePort,
  openSse,
  type Postgres,
  type Provider,
  providerScripts,
  type Redis,
  removeFolder,
  type ServerProcess,
  startPostgres,
  startProvider,
  startProxy,
  startRedis,
  startReplica,
  startServer,
  tempFolder,
} from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CheckLimits } from '../backend/src/doctor/check-limits.ts';
import { doctor } from '../backend/src/doctor/doctor.ts';
import { startNginx } from './faults/fixture/nginx.ts';
import { canMount, smallDisks } from './faults/fixture/small-disk.ts';

const main = join(import.meta.dirname, '../backend/bundle/main.js');
const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
const key = 'sk-key-of-the-provider';
const slow = providerScripts.reply(Array.from('一二三四五六七八九十 🌊 and ten more'), { throttleMs: 100 });

let postgres: Postgres;
let redis: Redis;
let provider: Provider;
let server: ServerProcess;
let dataDir: string;
beforeAll(async () => {
  [postgres, redis, provider] = await Promise.all([startPostgres(), startRedis(), startProvider()]);
  server = await startServer({ env: { JWT_SECRET: secret, ai_api_url: provider.url, ai_api_key: key } });
});
afterAll(() => Promise.all([postgres.stop(), redis.stop(), provider.stop(), server[Symbol.asyncDispose]()]));
beforeEach(() => {
  provider.respond(providerScripts.reply(['OK']));
  dataDir = tempFolder();
});
afterEach(() => removeFolder(dataDir));

interface Diagnosis {
  readonly code: number;
  readonly output: string;
  /** Each finding as one line: `level check: message (advice)`. */
  readonly lines: readonly string[];
}

/** Runs the command with the settings of the server, changed by `env`. */
function diagnose(env: Record<string, string | undefined> = {}, ...args: string[]): Promise<Diagnosis> {
  return diagnoseWithin({}, env, ...args);
}

async function diagnoseWithin(
  limits: Partial<CheckLimits>,
  env: Record<string, string | undefined> = {},
  ...args: string[]
): Promise<Diagnosis> {
  const own = { JWT_SECRET: secret, ai_api_url: provider.url, ai_api_key: key, DATA_DIR: dataDir };
  let output = '';
  const print = (line: string) => {
    output += line;
  };
  return diagnosisOf(await doctor(['--json', ...args], { environment: { ...own, ...env }, print, limits }), output);
}

/** Limits that a test can wait for. */
const short: CheckLimits = {
  databaseMs: 1_000,
  redisMs: 1_000,
  keysMs: 1_000,
  providerMs: 1_000,
  publicUrlMs: 1_000,
  noticeMs: 10,
};

/** Starts a server that accepts connections and never answers. */
async function startSilent(): Promise<CuttingProxy> {
  const proxy = await startProxy(provider.url);
  proxy.pause();
  return proxy;
}

/** Forwards to a server until the client has sent `word`; then nothing, while the connection stays open. */
async function startFreezing(target: string, word: string) {
  const { port, hostname } = new URL(target);
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    upstream.pipe(client);
    client.on('data', (bytes) => (bytes.includes(word) ? client.pause() : upstream.write(bytes)));
    client.once('close', () => upstream.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(target);
  url.port = String((proxy.address() as AddressInfo).port);
  return { url: url.href, [Symbol.dispose]: () => void proxy.close() };
}

/** Runs the command of the built server. */
function diagnoseAsProcess(env: Record<string, string>): Promise<Diagnosis> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'doctor', '--json'], { env }, (error, stdout, stderr) =>
      resolve(diagnosisOf(Number(error?.code ?? 0), stdout + stderr)),
    );
  });
}

function diagnosisOf(code: number, output: string): Diagnosis {
  expect(output).not.toContain(key);
  expect(output).not.toContain(secret);
  const { ok, findings } = JSON.parse(output);
  expect(ok).toBe(code === 0);
  const lines = findings.map(
    ({ level, check, message, advice }: Record<string, string>) => `${level} ${check}: ${message} (${advice})`,
  );
  return { code, output, lines };
}

const problemsIn = ({ lines }: Diagnosis) => lines.filter((line) => line.startsWith('problem'));
const shared = (databaseUrl: string) => ({ DATABASE_URL: databaseUrl, REDIS_URL: redis.url });

/** The files of a folder with the hashes of their contents. */
function contentsOf(folder: string): string[] {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return readdirSync(folder).map((name) => `${name} ${hash(name)}`);
}

test('beside a running server and after it, all is well and nothing is changed', async () => {
  await using own = await startServer({ dataDir, env: { ai_api_url: provider.url } });
  const headers = { authorization: `Bearer ${await own.token()}` };
  await (await openSse(`${own.url}${routes.stream}`, { headers, body: { message: '你好 🙂', sessionId: 's' } })).text();
  const files = () => readdirSync(dataDir).sort(); // the server itself may write to them meanwhile

  const settings = { JWT_SECRET: secret, ai_api_url: provider.url, ai_api_key: key, DATA_DIR: dataDir };
  const beside = files();
  const running = await diagnoseAsProcess(settings);
  const afterRunning = files();
  await own.stop();
  const stopped = contentsOf(dataDir);
  const { code, lines } = await diagnose();

  expect(running.code).toBe(0);
  expect(afterRunning).toEqual(beside);
  expect(code).toBe(0);
  expect(contentsOf(dataDir)).toEqual(stopped);
  expect(lines.filter((line) => !line.startsWith('ok'))).toEqual([]);
  expect(lines.join('\n')).toMatch(/sillage\.db is intact.*\n.*migrations have run[\s\S]*first token after \d+ ms/);
});

test('every invalid and unknown setting is named', async () => {
  const settings = { PORT: '99999', ai_enabled: 'maybe', AI_MODLE: 'x', redis_uri: 'x', ai_colour: 'x', Ai_Model: 'x' };

  const { code, lines } = await diagnose(settings);
  const both = await diagnose({ HOST: '0.0.0.0', JWT_SECRET: undefined, DATABASE_URL: 'postgres://127.0.0.1/a' });

  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(/problem settings: PORT must be/);
  expect(lines.join('\n')).toMatch(/problem settings: ai_enabled must be/);
  expect(lines.join('\n')).toContain('warning settings: AI_MODLE is not a setting and has no effect (Write ai_model');
  expect(lines.join('\n')).toContain('warning settings: redis_uri is not a setting and has no effect (Write REDIS_URL');
  expect(lines.join('\n')).toContain('warning settings: ai_colour is not a setting');
  expect(lines.join('\n')).toContain('warning settings: Ai_Model is ignored (Write ai_model.)');
  expect(problemsIn(both).join('\n')).toMatch(/HOST 0\.0\.0\.0 is open[\s\S]*DATABASE_URL and REDIS_URL go together/);
});

test('a data folder that cannot be used is a problem', async () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, 'in the way');
  const damaged = join(dataDir, 'damaged');
  mkdirSync(damaged);
  writeFileSync(join(damaged, 'sillage.db'), 'no database'.repeat(1_000));

  const inTheWay = await diagnose({ DATA_DIR: join(file, 'data') });
  const broken = await diagnose({ DATA_DIR: damaged });

  expect(problemsIn(inTheWay)).toEqual([expect.stringContaining(`folder: ${file} is a file, not a folder`)]);
  expect(problemsIn(broken)).toEqual([expect.stringContaining('is damaged or is not a database of Sillage')]);
});

test('a full disk is a problem', async () => {
  await using disk = canMount() ? smallDisks.mounted() : undefined;
  const { dataDir: folder } = (disk?.place ?? { dataDir: '/dev/full' }) as { dataDir: string };
  disk?.fail(0);

  const diagnosis = await diagnose({ DATA_DIR: folder });

  expect(problemsIn(diagnosis)).toEqual([expect.stringMatching(/disk is full|is a file/)]);
});

test('PostgreSQL and Redis that work are reported with their versions, latency and migrations', async () => {
  const databaseUrl = await postgres.createDatabase();

  const before = await diagnose(shared(databaseUrl));
  await using node = await startServer({ env: { ...shared(databaseUrl), ai_api_url: provider.url } });
  const beside = await diagnose(shared(databaseUrl));
  await node.stop();
  const connection = connectPostgres(databaseUrl);
  await connection.rows("delete from kysely_migration where name like '%own-settings'");
  await connection.rows("insert into kysely_migration values ('2999-01-01-later', '')");
  const older = await diagnose(shared(databaseUrl));
  await connection.close();

  expect(before.code).toBe(0);
  expect(before.lines.join('\n')).toContain('has no tables yet');
  const isSlow = (line: string) => /^warning \w+: answers in/.test(line); // on a busy machine
  expect(beside.lines.filter((line) => !line.startsWith('ok') && !isSlow(line))).toEqual([]);
  expect(beside.lines.join('\n')).toMatch(
    /PostgreSQL 1\d[\s\S]*answers in [\s\S]*migrations have run[\s\S]*Redis [78][\s\S]*answers in [\s\S]*clock of PostgreSQL[\s\S]*clock of Redis/,
  );
  expect(older.lines.join('\n')).toContain('warning database: 1 migrations have not run: 2026-12-08-own-settings');
});

test('a PostgreSQL that cannot be used is a problem', async () => {
  const url = new URL(await postgres.createDatabase());
  const [, name = ''] = url.pathname.split('/');
  const connection = connectPostgres(url.href);
  await connection.rows('create role reader login');
  await connection.rows(`alter database ${name} set default_transaction_read_only = on`);
  await connection.close();
  const readOnly = await diagnose(shared(url.href.replace('sillage@', 'reader@')));
  const missing = await diagnose(shared(url.href.replace(name, 'not_there')));
  const dead = await diagnose(shared(`postgres://sillage:hush-hush@127.0.0.1:${await freePort()}/a`));

  expect(problemsIn(readOnly)).toEqual([
    expect.stringContaining('database: it only accepts reads'),
    expect.stringContaining('database: its user may not create tables in the schema public'),
  ]);
  expect(problemsIn(missing)).toEqual([expect.stringMatching(/PostgreSQL at .*database "not_there" does not exist/)]);
  expect(problemsIn(dead)).toEqual([
    expect.stringMatching(/PostgreSQL at 127\.0\.0\.1:\d+ cannot be used \(.*ECONNREF/),
  ]);
  expect(dead.output).not.toContain('hush-hush');
});

/** Kills the process that writes a snapshot of Redis, which therefore fails. */
async function breakSnapshot(): Promise<void> {
  await redis.command('set', 'key', 'value');
  await redis.command('config', 'set', 'rdb-key-save-delay', '10000000');
  await redis.command('bgsave');
  process.kill(Number(readFileSync(`/proc/${redis.pid}/task/${redis.pid}/children`, 'utf8').trim()), 'SIGKILL');
  await expect.poll(() => redis.command('info', 'persistence')).toContain('rdb_last_bgsave_status:err');
}

test('a Redis that may lose or reject the text of replies is named', async () => {
  const databaseUrl = await postgres.createDatabase();
  await breakSnapshot();
  await redis.command('config', 'set', 'maxmemory', '1mb', 'maxmemory-policy', 'allkeys-lru');

  const unsafe = await diagnose(shared(databaseUrl));
  const replica = await startReplica(redis);
  const ofReplica = await diagnose({ DATABASE_URL: databaseUrl, REDIS_URL: replica.url });
  await replica.stop();
  const dead = await diagnose({
    DATABASE_URL: databaseUrl,
    REDIS_URL: `redis://:hush-hush@127.0.0.1:${await freePort()}`,
  });

  const refused = await diagnose({ DATABASE_URL: databaseUrl, REDIS_URL: redis.url.replace('//', '//me:hush-hush@') });

  expect(unsafe.lines.join('\n')).toContain('warning redis: its maxmemory-policy is allkeys-lru');
  expect(unsafe.lines.join('\n')).toMatch(/warning redis: \d+ % of its maxmemory is in use/);
  expect(problemsIn(unsafe)).toEqual([expect.stringContaining('redis: its persistence fails')]);
  expect(problemsIn(ofReplica)).toEqual([expect.stringContaining('redis: it is a replica')]);
  expect(problemsIn(dead)).toEqual([expect.stringMatching(/Redis at 127\.0\.0\.1:\d+ cannot be used/)]);
  expect(problemsIn(refused)).toEqual([expect.stringMatching(/cannot be used \(WRONGPASS .*its password/)]);
  expect(dead.output + refused.output).not.toContain('hush-hush');
});

const error = (message: string) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } });

test.each([
  [
    'a key that it refuses',
    providerScripts.status(401, error(`Incorrect API key ${key}`)),
    /provider-auth.*correct ai_api_key/,
  ],
  ['a model that it does not have', providerScripts.status(404, error('The model does not exist')), /correct ai_model/],
  ['a web page', providerScripts.status(200, '<html>Hi</html>'), /provider-bad-response.*base URL of an OpenAI/],
  ['no response', providerScripts.hangUp(), /provider-unavailable.*Check ai_api_url, DNS/],
  ['no credit', providerScripts.status(429, error('You exceeded your current quota')), /provider-rate-limited.*credit/],
])('a provider with %s is a problem', async (_, script, expected) => {
  provider.respond(script);

  const diagnosis = await diagnose();

  expect(diagnosis.code).toBe(1);
  expect(problemsIn(diagnosis)).toEqual([expect.stringMatching(expected)]);
});

test('an identity provider without keys is a problem', async () => {
  const identity = await startProvider();
  const jwks = { JWT_SECRET: undefined, JWT_JWKS_URL: `${identity.url}/keys`, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
  const answered = async (status: number, body: object | string) => {
    identity.respond(providerScripts.status(status, body));
    return (await diagnose(jwks)).lines.filter((line) => line.includes(' sign-in: '));
  };

  const found = await answered(200, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] });
  const none = await answered(200, { keys: [] });
  const notFound = await answered(404, {});
  const page = await answered(200, '<html>Sign in</html>');
  await identity.stop();
  const gone = await answered(200, {});

  expect(found).toEqual([expect.stringMatching(/^ok sign-in: .*keys: 1 /)]);
  expect(none).toEqual([expect.stringMatching(/^problem sign-in: JWT_JWKS_URL has no keys/)]);
  expect(notFound).toEqual([expect.stringMatching(/^problem sign-in: .*status 404.*Correct JWT_JWKS_URL/)]);
  expect(page).toEqual([expect.stringMatching(/^problem sign-in: .*JSON/)]);
  expect(gone).toEqual([expect.stringMatching(/^problem sign-in: .*fetch failed: /)]);
});

test('a secret of local sign-in that others can read is a problem, because the server does not start with it', async () => {
  writeFileSync(join(dataDir, 'jwt-secret'), 's'.repeat(43), { mode: 0o644 });

  const open = await diagnose({ JWT_SECRET: undefined });
  chmodSync(join(dataDir, 'jwt-secret'), 0o600);
  const own = await diagnose({ JWT_SECRET: undefined });

  expect(problemsIn(open)).toEqual([expect.stringMatching(/sign-in: .*jwt-secret.*chmod 600/)]);
  expect(problemsIn(own)).toEqual([]);
});

test('each provider of a list is asked, and the demo model is named', async () => {
  const list = [
    { name: 'first', url: provider.url, key: 'FIRST_KEY', models: ['one'] },
    { name: 'second', url: `http://127.0.0.1:${await freePort()}`, key: 'sk-of-the-second', models: ['two'] },
  ];
  const ai = { ai_api_url: undefined, ai_api_key: undefined };

  const several = await diagnose({ ...ai, ai_providers: JSON.stringify(list), FIRST_KEY: 'sk-of-the-first' });
  const demo = await diagnose(ai);

  expect(several.lines.join('\n')).toMatch(
    /ok provider: first, one: first token[\s\S]*problem provider: second, two: /,
  );
  expect(several.output).not.toContain('sk-of-the');
  expect(demo.code).toBe(0);
  expect(demo.lines.join('\n')).toContain('warning provider: the demo model answers (Set ai_api_key');
});

test('a clock that differs from the others is named', async () => {
  provider.respond((request, response) => {
    response.setHeader('date', new Date(Date.now() + 90_000).toUTCString());
    return providerScripts.reply(['OK'])(request, response);
  });

  const diagnosis = await diagnose();

  expect(problemsIn(diagnosis)).toEqual([expect.stringMatching(/(8\d|90)\.\d s behind the clock of the provider/)]);
});

const settingsOf: Record<string, (port: number) => Record<string, string | undefined>> = {
  database: (port) => ({ DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c`, REDIS_URL: redis.url }),
  redis: (port) => ({ DATABASE_URL: postgres.url, REDIS_URL: `redis://127.0.0.1:${port}` }),
  'sign-in': (port) => ({
    JWT_SECRET: undefined,
    JWT_JWKS_URL: `http://127.0.0.1:${port}/keys`,
    JWT_ISSUER: 'i',
    JWT_AUDIENCE: 'a',
  }),
  provider: (port) => ({ ai_api_url: `http://127.0.0.1:${port}/v1` }),
};

test.each([
  ['database', /PostgreSQL at .* cannot be used \(.*timeout.*\(Start it, or correct DATABASE_URL/],
  ['redis', /Redis at .* cannot be used \(.*(timeout|TIMEDOUT).*\(Start it, or correct REDIS_URL/i],
  ['sign-in', /JWT_JWKS_URL cannot be fetched \(.*timeout.*\(Correct JWT_JWKS_URL, or check DNS/],
  ['provider', /no token within 1 s \(Check ai_api_url, DNS, .*A model that its server has to load first/],
])('a %s that accepts connections and does not answer is a problem within its limit', async (check, expected) => {
  await using silent = await startSilent();

  const diagnosis = await diagnoseWithin(short, settingsOf[check]?.(silent.port));

  expect(problemsIn(diagnosis).filter((line) => line.includes(` ${check}: `))).toEqual([
    expect.stringMatching(expected),
  ]);
  expect(diagnosis.output).not.toContain('waiting');
});

test('a public URL that does not answer, or only begins to, is a problem within its limit', async () => {
  await using silent = await startSilent();
  const begun = await startProvider();
  begun.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });

  const none = await diagnoseWithin(short, {}, '--url', silent.url);
  const noEvent = await diagnoseWithin(short, {}, '--url', begun.url);
  await begun.stop();

  expect(problemsIn(none)).toEqual([
    expect.stringMatching(/proxy: http:.* no response within 1 s \(Check that .* turn its buffering off for \/api/),
  ]);
  expect(problemsIn(noEvent)).toEqual([
    expect.stringMatching(/proxy: the response has begun, but no event .*buffering/),
  ]);
});

test('a database or a Redis that freezes after the connection was opened is a problem within twice its limit', async () => {
  using frozenPostgres = await startFreezing(await postgres.createDatabase(), 'server_version');
  using frozenRedis = await startFreezing(redis.url, 'info');

  const diagnosis = await diagnoseWithin(short, { DATABASE_URL: frozenPostgres.url, REDIS_URL: frozenRedis.url });

  expect(problemsIn(diagnosis)).toEqual([
    expect.stringMatching(/database: PostgreSQL at .* cannot be used \(.*timeout/),
    expect.stringMatching(/redis: Redis at .* cannot be used \(.*timeout/i),
  ]);
});

test('a check that takes long is announced, except in JSON', async () => {
  await using silent = await startSilent();
  const lines: string[] = [];
  const environment = { JWT_SECRET: secret, ai_api_key: key, ...settingsOf.provider?.(silent.port), DATA_DIR: dataDir };

  const code = await doctor([], { environment, print: (line) => lines.push(line), limits: short });

  expect(code).toBe(1);
  expect(lines.findIndex((line) => /^waiting +provider +up to 1 s$/.test(line))).toBe(
    lines.findIndex((line) => line.startsWith('problem  provider')) - 1,
  );
});

test('a reply that takes longer than the limit is judged by its beginning', async () => {
  provider.respond(providerScripts.reply(Array(200).fill('一 '), { throttleMs: 50 }));

  const { lines } = await diagnoseWithin({ publicUrlMs: 5_000 }, {}, '--url', server.url);

  expect(lines.filter((line) => line.includes(' proxy: '))).toEqual([
    expect.stringContaining('ok proxy: events arrive one by one'),
  ]);
});

test('a page instead of an event stream is named', async () => {
  const page = await startProvider();
  page.respond(providerScripts.status(200, '<html>Welcome</html>'));

  const diagnosis = await diagnose({}, '--url', page.url);
  await page.stop();

  expect(problemsIn(diagnosis)).toEqual([expect.stringContaining('proxy: the response is no event stream')]);
});

test('a reply is read through a proxy, and buffering and compression are reported', async () => {
  const hold = 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;';
  const gzip = 'gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;';
  await using plain = await startNginx(server.url);
  await using buffering = await startNginx(server.url, { directives: hold });
  await using compressing = await startNginx(server.url, { directives: gzip });
  provider.respond(slow);
  const proxyLines = async (url: string, env = {}) =>
    (await diagnose(env, '--url', url)).lines.filter((line) => line.includes(' proxy: '));

  expect(await proxyLines(plain.url)).toEqual([expect.stringContaining('ok proxy: events arrive one by one')]);
  expect(await proxyLines(buffering.url)).toEqual([
    expect.stringContaining('problem proxy: a proxy holds events back'),
  ]);
  expect((await proxyLines(compressing.url)).join('\n')).toContain('warning proxy: responses are compressed (gzip)');
  expect(await proxyLines(plain.url, { JWT_SECRET: 'Aq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf-other' })).toEqual([
    expect.stringContaining('problem proxy: a start was answered with 401'),
  ]);
  expect(await proxyLines(`http://127.0.0.1:${await freePort()}`)).toEqual([expect.stringContaining('cannot be read')]);
});
