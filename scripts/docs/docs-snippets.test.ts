// Every snippet of the pages for users compiles, against the sources that the packages are built from.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, run } from '../run.ts';

const pages = [
  'README.md',
  'docs/react.md',
  'docs/ai-sdk.md',
  'packages/client/README.md',
  'packages/protocol/README.md',
  'backend/README.md',
];

/** In the workspace, so that the packages and their types are found. */
const folder = join(root, 'node_modules/.cache/docs-snippets');

/** What the snippets of a page take for granted. */
const contexts: Record<string, string> = {
  'README.md': `
declare const aiService: import('@sillage/server').AiService;
declare const messages: Parameters<typeof aiService.streamChat>[0];
declare const userId: string;
declare const res: import('node:http').ServerResponse;
`,
};

/** What a snippet imports of packages that are not installed here, or of the reader's own files. */
const declarations = `
declare module 'expo/fetch' { export function fetch(url: string, init?: object): Promise<Response>; }
declare module 'vue' {
  export function shallowRef<Value>(value: Value): { value: Value };
  export function readonly<Value>(value: Value): Readonly<Value>;
  export function onScopeDispose(dispose: () => void): void;
}
`;

test('every TypeScript snippet of the pages for users compiles', async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const count = pages.map(writeSnippets).reduce((sum, one) => sum + one);
  writeFileSync(join(folder, 'declarations.d.ts'), declarations);
  const compilerOptions = { types: ['node'], composite: false, noEmit: true, incremental: false };
  const config = { extends: join(root, 'tsconfig.tests.json'), compilerOptions, include: ['.'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));

  const { ok, output } = await run(['tsc', '-p', folder]);

  expect(output).toBe('');
  expect(ok).toBe(true);
  expect(count).toBeGreaterThan(10);
});

test('the Vue binding that is shown is that of the example', () => {
  const binding = readFileSync(join(root, 'examples/vue/src/useAIStream.ts'), 'utf8');

  expect(readFileSync(join(root, 'docs/react.md'), 'utf8')).toContain(`\`\`\`ts\n${binding}\`\`\``);
});

/** Writes each snippet of a page as a file of its own. Returns their number. */
function writeSnippets(page: string): number {
  const name = page.replaceAll(/[^a-z]/gi, '-');
  const snippets = [...readFileSync(join(root, page), 'utf8').matchAll(/^```(tsx?)\n(.*?)^```/gms)];
  mkdirSync(join(folder, name));
  for (const [index, [, extension, source = '']] of snippets.entries()) {
    const isComponent = /export function Ask\b/.test(source);
    writeFileSync(
      join(folder, name, isComponent ? 'ask.tsx' : `snippet-${index}.${extension}`),
      `${contexts[page] ?? ''}${source}\nexport {};\n`,
    );
  }
  return snippets.length;
}
