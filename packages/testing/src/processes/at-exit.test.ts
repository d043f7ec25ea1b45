// Resources that a test leaves behind are removed when its process ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { removeFolder, tempFolder } from '../temp-folder.ts';

const left: string[] = [];

afterAll(() => {
  for (const folder of left) removeFolder(folder);
});

const script = `
  const { tempFolder } = await import(${JSON.stringify(new URL('../temp-folder.ts', import.meta.url).href)});
  console.log(tempFolder());
  setInterval(() => {}, 1_000);
`;

test.each(['SIGTERM', 'exit'])('a folder is removed when its process ends by %s', async (ending) => {
  const code = ending === 'exit' ? script.replace(/setInterval.*/, '') : script;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [printed] = await once(child.stdout, 'data');
  const folder = `${printed}`.trim();
  left.push(folder);

  if (ending === 'SIGTERM') child.kill();
  await exited;

  expect(folder).toContain('sillage-');
  expect(existsSync(folder)).toBe(false);
});

test('a folder can go before its process', () => {
  const folder = tempFolder();

  removeFolder(folder);

  expect(existsSync(folder)).toBe(false);
});
