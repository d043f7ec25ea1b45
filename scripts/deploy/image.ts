// Builds the image of the Dockerfile in folders instead of layers, so that tests need no container engine. Of the RUN
// instructions only npm and Node run: users and folders of the system are left out.
import { execSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import type { Instruction } from 'dockerfile-ast';
import { planOf, readIgnored, readStages, textOf } from './dockerfile.ts';

const context = join(import.meta.dirname, '../..');

/** A built image: the folder that is its `/`, its working folder, its command and its health check. */
export interface Image {
  readonly root: string;
  workdir: string;
  command: readonly string[];
  healthcheck: readonly string[];
}

/** Builds every stage of the Dockerfile in a folder within `folder`, and returns the last.
 *  @throws {Error} with the output of the command that failed. */
export function buildImage(folder: string): Image {
  const rootOf = (name: string) => join(folder, name);
  let image: Image | undefined;
  for (const { name, instructions } of readStages()) {
    image = { root: rootOf(name ?? 'image'), workdir: '/', command: [], healthcheck: [] };
    for (const instruction of instructions) carryOut(instruction, { image, rootOf });
  }
  if (image === undefined) throw new Error('The Dockerfile has no stage');
  return { ...image, workdir: join(image.root, image.workdir) };
}

function carryOut(instruction: Instruction, { image, rootOf }: { image: Image; rootOf: (name: string) => string }) {
  const text = textOf(instruction);
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      image.workdir = text;
      return mkdirSync(join(image.root, text), { recursive: true });
    case 'COPY':
      return copy(instruction, { workdir: join(image.root, image.workdir), rootOf });
    case 'RUN':
      if (/^(npm|node) /.test(text)) execute(text, join(image.root, image.workdir));
      return;
    case 'HEALTHCHECK':
      image.healthcheck = JSON.parse(text.slice(text.indexOf('[')));
      return;
    case 'CMD':
      image.command = JSON.parse(text);
  }
}

/** Copies as Docker does: the content of a folder, and a file into a target that ends in a slash. */
function copy(instruction: Instruction, { workdir, rootOf }: { workdir: string; rootOf: (name: string) => string }) {
  const { stage, sources, target } = planOf(instruction);
  const from = stage === undefined ? context : rootOf(stage);
  const isIgnored = readIgnored();
  const filter = (path: string) => stage !== undefined || path === context || !isIgnored(relative(context, path));
  for (const source of sources) {
    const path = join(from, source);
    const isInto = target.endsWith('/') && statSync(path).isFile();
    const to = join(workdir, isInto ? join(target, basename(path)) : target);
    if (!filter(path)) throw new Error(`COPY ${source}: .dockerignore excludes it`);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(path, to, { recursive: true, filter, verbatimSymlinks: true });
  }
}

function execute(command: string, cwd: string): void {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  };
  // These come from an `npm run` around this process and would make npm work on the project itself.
  for (const name of Object.keys(env)) {
    if (/^npm_config_(local_prefix|workspaces?|include_workspace_root)$/.test(name)) delete env[name];
  }
  execSync(command, { cwd, env, stdio: 'pipe', encoding: 'utf8' });
}
