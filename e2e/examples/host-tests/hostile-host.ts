// The application of hosts/nest12, which has everything enabled that a host may have, built and started in its variants.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppServer, PackedApp } from '@sillage/testing';

const source = join(import.meta.dirname, '../hosts/nest12');

/** Where the built modules are, in the folder of the application. */
export type Built = 'dist' | 'commonjs/dist';

/** Builds the application as CommonJS, with the dependencies that `app` has installed. */
export async function buildCommonJs(app: PackedApp): Promise<void> {
  const folder = join(app.folder, 'commonjs');
  for (const name of ['src', 'tsconfig.json']) cpSync(join(source, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  await app.run('npx', ['tsc', '-p', 'commonjs']);
}

/** Starts the built application. */
export function startHost(app: PackedApp, built: Built, env: NodeJS.ProcessEnv): Promise<AppServer> {
  return app.serve('node', [`${built}/main.js`], { path: '/api/inner/ai-chat/config', env });
}
