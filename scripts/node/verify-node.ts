// Compares the Node that npm has installed (packages of a community's generator) with what the Node project publishes, on a
// machine with a connection: `npm run verify:node`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { root } from '../run.ts';

/** Where the packages are, and where the releases of Node are published. */
interface VerifyOptions {
  readonly modules: string;
  readonly distUrl: string;
}

/** The result for one package: whether its binary is the published one, and a line for people. */
interface Verified {
  readonly ok: boolean;
  readonly line: string;
}

/** Verifies the binary of each installed package: it must be the one in the archive whose SHA-256 the release lists. */
export async function verifyNode({ modules, distUrl }: VerifyOptions): Promise<Verified[]> {
  const installed = Object.keys(packageJson.optionalDependencies).filter((name) => existsSync(join(modules, name)));
  if (installed.length === 0) return [{ ok: true, line: 'npm has installed no Node: the commands use your own.' }];
  return Promise.all(
    installed.map(async (name) => {
      try {
        return { ok: true, line: `${name}: ${await verifyPackage(join(modules, name), distUrl)}` };
      } catch (error) {
        return { ok: false, line: `${name}: ${(error as Error).message}` };
      }
    }),
  );
}

async function verifyPackage(folder: string, distUrl: string): Promise<string> {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const platform = /(darwin|linux|win)-(arm64|x64)$/.exec(name)?.[0] ?? '';
  const isWindows = platform.startsWith('win');
  const release = `${distUrl.replace(/\/$/, '')}/v${version}`;
  const file = isWindows ? `${platform}/node.exe` : `node-v${version}-${platform}.tar.gz`;
  const published = (await download(`${release}/SHASUMS256.txt`)).toString();
  const listed = published
    .split('\n')
    .find((line) => line.endsWith(`  ${file}`))
    ?.slice(0, 64);
  if (listed === undefined) throw new Error(`${release}/SHASUMS256.txt does not list ${file}.`);
  const bytes = await download(`${release}/${file}`);
  if (hashOf(bytes) !== listed) throw new Error(`${release}/${file} does not have the published SHA-256 ${listed}.`);
  const binary = isWindows ? bytes : extracted(bytes, `node-v${version}-${platform}/bin/node`);
  const own = readFileSync(join(folder, 'bin', isWindows ? 'node.exe' : 'node'));
  if (hashOf(own) === hashOf(binary)) return `the binary is that of Node ${version}, SHA-256 ${hashOf(own)}.`;
  throw new Error(`its binary has the SHA-256 ${hashOf(own)}, the published one ${hashOf(binary)}. Do not use it.`);
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) }).catch((cause) => {
    throw new Error(`${url} cannot be reached, so nothing was verified.`, { cause });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}, so nothing was verified.`);
  return Buffer.from(await response.arrayBuffer());
}

function extracted(archive: Buffer, path: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-node-'));
  try {
    writeFileSync(join(folder, 'node.tar.gz'), archive);
    const { status, stderr } = spawnSync('tar', ['-xzf', 'node.tar.gz', path], { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The archive cannot be read: ${stderr}`);
    return readFileSync(join(folder, path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const distUrl = process.env.NODE_DIST_URL ?? 'https://nodejs.org/dist';
  const results = await verifyNode({ modules: join(root, 'node_modules'), distUrl });
  for (const { line } of results) console.log(line);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}
