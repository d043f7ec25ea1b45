// The command itself; e2e/doctor.test.ts causes each problem for real.
import { Logger } from '@nestjs/common';
import { providerScripts, removeFolder, startProvider, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SecretPart } from '../config/setting-values.ts';
import { secretSettings, settings } from '../config/settings.ts';
import { boundedCheck } from './bounded-check.ts';
import { doctor } from './doctor.ts';
import { type Finding, ok } from './finding.ts';
import { withoutSecrets } from './secrets.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = tempFolder();
});
afterEach(() => {
  removeFolder(dataDir);
});

async function run(args: string[], nodeVersion?: string): Promise<{ code: number; output: string }> {
  const lines: string[] = [];
  const environment = { JWT_SECRET: 'short' };
  const options = nodeVersion === undefined ? {} : { nodeVersion };
  const code = await doctor(args, { environment, print: (line) => lines.push(line), ...options });
  return { code, output: lines.join('\n') };
}

test('an old Node.js is the only finding', async () => {
  const { code, output } = await run([], '20.19.0');

  expect(code).toBe(1);
  expect(output).toMatch(/^problem {2}node {6}Sillage needs Node\.js .*; this is 20\.19\.0\.\n.*Install a supported/);
  expect(output.split('\n')).toHaveLength(2);
});

test.each([['--colour'], ['--url'], ['--url', 'chat.example.com'], ['now']])(
  '%s %s is answered with the usage',
  async (...args) => {
    const { code, output } = await run(args);

    expect(code).toBe(1);
    expect(output).toMatch(/^Usage: sillage doctor/);
  },
);

test('no secret of the settings is printed, in whatever form a message has it', () => {
  const environment = {
    ai_api_key: 'sk-one',
    DATABASE_URL: 'postgres://ada:p%40ss-word@db/a',
    redis_url: 'redis://:redis-word@one,redis://:other-word@two',
    ai_headers: '{"X-Api-Key":"header-key"}',
    ai_providers: '[{"key":"SECOND_KEY"},{"key":"sk-three"}]',
    SECOND_KEY: 'sk-second',
  };
  const secrets = [
    'sk-one',
    'p%40ss-word',
    'p@ss-word',
    'redis-word',
    'other-word',
    'header-key',
    'sk-three',
    'sk-second',
  ];

  expect(withoutSecrets(`said: ${secrets.join(' ')} to ada`, environment)).toMatch(/^said: (\*\*\* )+to ada$/);
});

test('a setting with the name of a secret is marked as one', () => {
  const named = Object.keys(settings.shape).filter((name) => /_(key|token|secret|headers|providers|url)$/.test(name));

  expect(named).toContain('admin_token');
  expect([...secretSettings.keys()].sort()).toEqual(named.sort());
});

const valueWith: Record<SecretPart, (secret: string) => string> = {
  all: (secret) => secret,
  url: (secret) => `https://ada:${secret}@host/path?sign=${secret}`,
  keys: (secret) => `{"Authorization":"Bearer ${secret}"}`,
};

test.each([...secretSettings])('the secret of %s is masked in every message of the command', async (name, part) => {
  const secret = 'Zq7-vT2_Lm9xWc4'; // too short for JWT_SECRET: the finding names the setting
  const printed: string[] = [];
  const environment = { [name]: valueWith[part](secret), [secret]: 'x', data_dir: dataDir, ai_enabled: 'false' };

  await doctor(['--json'], { environment, print: (line) => printed.push(line) });

  expect(printed.join('')).toContain('settings');
  expect(printed.join('')).not.toContain(secret);
  expect(withoutSecrets(`said: ${valueWith[part](secret)}`, environment)).not.toContain(secret);
});

test('a check that never ends is announced, then left behind, and one that throws is reported', async () => {
  const limits = { limitMs: 30, noticeMs: 10 };
  const never = () => new Promise<Finding[]>(() => {});
  const findingsOf = async (check: () => Promise<Finding[]>) => {
    const findings: Finding[] = [];
    for await (const finding of boundedCheck('redis', check, limits)) findings.push(finding);
    return findings;
  };

  const hanging = await findingsOf(never);
  const throwing = await findingsOf(() => Promise.reject(new Error('no')));
  const quick = await findingsOf(async () => [ok('redis', 'Redis 7')]);

  expect(hanging).toMatchObject([
    { level: 'waiting', message: 'up to 0.03 s' },
    { level: 'problem', message: 'the check did not end within 0.06 s', advice: expect.stringContaining('restart it') },
  ]);
  expect(throwing).toMatchObject([{ level: 'problem', message: 'the check itself failed (no)' }]);
  expect(quick).toEqual([ok('redis', 'Redis 7')]);
});

test('the command prints findings only, and leaves the log of the process as it is', async () => {
  const logged: unknown[] = [];
  const log = (line: unknown) => logged.push(line);
  const before = Reflect.get(Logger, 'staticInstanceRef'); // that of other tests in this process
  Logger.overrideLogger({ log, warn: log, error: log });
  const provider = await startProvider();
  const refused = "Unsupported parameter: 'max_tokens' is not supported with this model.";
  provider.respond((request, response) => {
    const rejects = JSON.stringify(request.body).includes('max_tokens');
    const script = rejects
      ? providerScripts.status(400, { error: { message: refused } })
      : providerScripts.reply(['OK']);
    return script(request, response);
  });
  const environment = { ai_api_url: provider.url, ai_api_key: 'sk-key', data_dir: dataDir };

  const code = await doctor(['--json'], { environment, print: () => {} });
  new Logger('Host').log('The host still logs.');
  Logger.overrideLogger(before);
  await provider.stop();

  expect(code).toBe(0);
  const sent = provider.requests.filter(({ method }) => method === 'POST');
  expect(sent).toHaveLength(2); // a server logs that a parameter is left out
  expect(logged).toEqual(['The host still logs.']);
});
