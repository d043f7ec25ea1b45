// The example `nest`: the application that `nest new` makes, with the module.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installApp, openSse } from '@sillage/testing';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../examples/nest');

test('streams a reply of the demo model without any setting', async () => {
  const app = await installApp(folder);
  await app.run('npm', ['run', 'build']);
  await using server = await app.serve('node', ['dist/main.js'], { env: { OPENAI_API_KEY: undefined } });

  const response = await openSse(`${server.url}/api/ai-chat/stream`, { body: { message: '你好 👋' } });
  const text = await response.text();

  expect(text).toContain('"done":true,"finishReason":"stop"');
  expect(server.output()).toContain('the demo model answers');
  expect(server.output()).not.toContain('ERROR');
}, 600_000);

test('is the first code of docs/nestjs.md', () => {
  const page = readFileSync(join(folder, '../../docs/nestjs.md'), 'utf8');

  expect(page).toContain(`\`\`\`ts\n${readFileSync(join(folder, 'src/app.module.ts'), 'utf8')}\`\`\``);
});
