// A program that is missing is named before anything waits for it.
import { expect, test } from 'vitest';
import { startPostgres } from './databases/postgres.ts';
import { startRedis } from './databases/redis.ts';
import { findProgram, type ProgramName, programPath, programs } from './programs.ts';

const names = Object.keys(programs) as ProgramName[];

test.each(names)('a missing %s is named together with the command that installs it', (name) => {
  const [file] = programs[name].names;

  expect(() => programPath(name, { env: {}, exists: () => false })).toThrow(
    `${file} is not installed: run \`npm run setup\`, or set ${programs[name].variable} to its path.`,
  );
});

test('a variable that names a missing file is reported, and no other file is taken instead', () => {
  const env = { PATH: '/usr/bin', REDIS_PATH: '/nowhere/redis-server' };
  const exists = (path: string) => path === '/usr/bin/redis-server';

  expect(() => programPath('redis', { env, exists })).toThrow(
    'REDIS_PATH is /nowhere/redis-server, which does not exist.',
  );
});

test('a program is found on PATH and in the folders of the system, by its first name that is installed', () => {
  const on = (...paths: string[]) => ({ env: { PATH: '/own/bin' }, exists: (path: string) => paths.includes(path) });

  expect(findProgram('redis', on('/usr/bin/redis-server', '/own/bin/redis-server'))).toBe('/own/bin/redis-server');
  expect(findProgram('nginx', on('/usr/sbin/nginx'))).toBe('/usr/sbin/nginx');
  expect(findProgram('chromium', on('/own/bin/chromium', '/usr/bin/chromium-headless-shell'))).toBe(
    '/usr/bin/chromium-headless-shell',
  );
});

test.each([
  ['REDIS_PATH', startRedis],
  ['POSTGRES_PATH', startPostgres],
] as const)('a start fails at once when the program of %s is missing', async (variable, start) => {
  const before = process.env[variable];
  process.env[variable] = '/nowhere/program';

  try {
    await expect(start()).rejects.toThrow(`${variable} is /nowhere/program, which does not exist.`);
  } finally {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
  }
});
