// Applications outside the workspace, installed from the tarballs that `npm pack` makes of our packages. Nothing of the
// workspace is on their paths, so what works there works for a user.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { end, untilReady } from './processes/child-process.ts';
import { freePort } from './processes/free-port.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

const root = resolve(import.meta.dirname, '../../..');
const published = ['packages/protocol', 'packages/client', 'backend'];

/** An installed application. */
export interface PackedApp {
  readonly folder: string;
  /** Runs one of its programs or npm scripts to its end, as `run('npm', ['run', 'build'])`. Resolves with the output.
   *  @throws {Error} with the output, when it fails. */
  run(program: string, args?: readonly string[], options?: { env?: NodeJS.ProcessEnv }): Promise<string>;
  /** Starts one of its programs as a server; resolves when `path` is served. `PORT` is in its environment, and `{port}`
   *  in an argument becomes the port. */
  serve(program: string, args?: readonly string[], options?: ServeOptions): Promise<AppServer>;
}

/** How to start an application's server. `path` is requested until it is answered, with any status. */
export interface ServeOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly path?: string;
  readonly port?: number;
}

/** A running server of an application. */
export interface AppServer {
  readonly url: string;
  /** Returns what it has printed so far. */
  output(): string;
  /** Ends it (SIGTERM). */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Copies the folder `from` to a place outside the workspace and installs its dependencies there. A dependency on one of
 *  our packages, whatever its version, is installed from the tarball; the other ones come from the registry.
 *  @throws {Error} with npm's output, when the installation fails. */
export async function installApp(from: string): Promise<PackedApp> {
  const tarballs = await packPackages();
  const folder = tempFolder('sillage-app-');
  cpSync(from, folder, { recursive: true, filter: (path) => !/^(node_modules|dist|\.next)$/.test(basename(path)) });
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const name of Object.keys(manifest[kind] ?? {})) manifest[kind][name] = tarballs[name] ?? manifest[kind][name];
  }
  manifest.overrides = { ...tarballs, ...manifest.overrides }; // what our packages require of each other
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  const app = appIn(folder);
  await app.run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
    '--loglevel=error',
  ]);
  return app;
}

/** Packs the built packages, once for each state of their files. Returns a `file:` specifier by package name.
 *  @throws {Error} when they are not built. */
export async function packPackages(): Promise<Record<string, string>> {
  const cache = join(root, 'node_modules/.cache/sillage-packed');
  const folder = join(cache, hashOfPackages());
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const unfinished = mkdtempSync(`${folder}-`);
    const workspaces = published.flatMap((path) => ['-w', path]);
    await promisify(execFile)('npm', ['pack', ...workspaces, '--pack-destination', unfinished], { cwd: root });
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      removeFolder(unfinished); // another process was faster
    }
    for (const name of readdirSync(cache)) if (!name.startsWith(basename(folder))) removeFolder(join(cache, name));
  }
  return Object.fromEntries(
    published.map((path) => {
      const { name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      return [name, `file:${join(folder, `${name.slice(1).replace('/', '-')}-${version}.tgz`)}`];
    }),
  );
}

function hashOfPackages(): string {
  const hash = createHash('sha256');
  for (const path of published) {
    if (!existsSync(join(root, path, 'dist'))) throw new Error(`${path} is not built. Run npm run build.`);
    for (const file of globSync([`${path}/*.*`, `${path}/{dist,bin}/**/*.*`], { cwd: root }).sort()) {
      hash.update(`${file}\0`).update(readFileSync(join(root, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function appIn(folder: string): PackedApp {
  const base = environmentFor(folder);
  return {
    folder,
    run: async (program, args = [], { env = {} } = {}) => {
      const options = { cwd: folder, env: { ...base, ...env }, maxBuffer: 64 * 2 ** 20 };
      const { stdout, stderr } = await promisify(execFile)(program, args, options).catch((error) => {
        throw new Error(`${program} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`, { cause: error });
      });
      return stdout + stderr;
    },
    serve: async (program, args = [], { env = {}, path = '/', port: wanted } = {}) => {
      const port = wanted ?? (await freePort());
      const url = `http://127.0.0.1:${port}`;
      const given = args.map((arg) => arg.replace('{port}', `${port}`));
      const child = spawn(program, given, { cwd: folder, env: { ...base, PORT: `${port}`, ...env } });
      const printed: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
      }
      await untilReady(child, {
        name: `${program} ${args.join(' ')}`,
        probe: () => fetch(url + path),
        lastSignal: 'SIGKILL',
      });
      return { url, output: () => printed.join(''), [Symbol.asyncDispose]: () => end(child, 'SIGTERM') };
    },
  };
}

/** The environment without what npm and vitest add to it: of the workspace only its Node is on the path. */
function environmentFor(folder: string): NodeJS.ProcessEnv {
  const added = /^(npm_(lifecycle|package|command|config_(local_prefix|prefix|workspace))|INIT_CWD$|NODE_ENV$|VITEST)/;
  const entries = Object.entries(process.env).filter(([name]) => !added.test(name));
  const outside = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const paths = [join(folder, 'node_modules/.bin'), dirname(process.execPath), ...outside];
  return { ...Object.fromEntries(entries), PATH: paths.join(delimiter), CI: '1', NEXT_TELEMETRY_DISABLED: '1' };
}
