// The manifests of the published packages, checked by publint and are-the-types-wrong on what `npm pack` would publish.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url);

test.each(['packages/protocol', 'packages/client', 'backend'])(
  '%s exports what its manifest promises, with types that resolve',
  async (workspace) => {
    const { stdout } = await promisify(execFile)('npm', ['run', 'check-package', '-w', workspace], { cwd: root });

    expect(stdout).toContain('All good!');
  },
);
