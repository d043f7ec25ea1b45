// Links of the pages lead to a file or a heading, and the files that docs/architecture.md names exist.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../run.ts';

const pages = globSync(['*.md', 'docs/*.md', 'examples/*.md'], { cwd: root });
const read = (page: string) => readFileSync(join(root, page), 'utf8');

test.each(pages)('%s: every link leads to a file or a heading', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)];

  const broken = links.filter(([, file = '', heading]) => {
    const path = file === '' ? page : join(dirname(page), file);
    return !existsSync(join(root, path)) || (heading && !headingsOf(path).includes(heading));
  });

  expect(broken.map(([link]) => link)).toEqual([]);
});

test('every file and folder that docs/architecture.md names exists', () => {
  const paths = globSync(['{backend,frontend,packages/*}/src/**', '{docs,e2e,scripts}/**'], { cwd: root });
  const known = paths.map((path) => `/${path}/`);
  const inCode = [...read('docs/architecture.md').matchAll(/`([\w./-]+)`/g)].map(([, text = '']) => text);
  const named = inCode.filter((text) => /\.tsx?$|\.md$|^(backend|frontend|packages)\/|\/$/.test(text));

  const missing = named.filter((name) => !known.some((path) => path.includes(`/${name.replace(/\/$/, '')}/`)));

  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(80);
});

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(
    ([, text = '']) =>
      `#${text
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
}
