// The command itself; e2e/doctor.test.ts causes each problem for real.
import { expect, test } from 'vitest';
import { doctor } from './doctor.ts';
import { withoutSecrets } from './secrets.ts';

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
