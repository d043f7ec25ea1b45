// `npm run bench:browser`: main-thread time in Chromium of showing a reply, and the weight of each client.
// --rounds 3  --quick  --save (RESULTS-browser.md)
import { launchBrowser } from '@sillage/testing';
import type { Column } from '../figures/figure.ts';
import { readOptions } from '../options.ts';
import { runLines, type Section, saveReport } from '../report/report.ts';
import { markdownTable, tableOf } from '../report/table.ts';
import { markdownPageNames, pageNames, scriptOf, weightOf } from './building.ts';
import { measurePage, type PageFigure } from './measuring.ts';
import { servePages } from './page-server.ts';

const options = readOptions(process.argv.slice(2), { servers: [...pageNames, ...markdownPageNames], figures: [] });
const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
const pages = pageNames.filter(isWanted);
const markdownPages = markdownPageNames.filter(isWanted);
const seconds = options.isQuick ? 3 : 10;
const replies: readonly (PageFigure & { pages: readonly string[] })[] = [
  { key: 'atOnce', script: { tokens: 20_000 }, pages },
  { key: 'paced', script: { tokens: 200 * seconds, rate: 200 }, pages },
  { key: 'markdown', pages: markdownPages },
];
const columns: readonly Column[] = [
  { key: 'atOnceMs', title: '20,000 tokens at once: main-thread ms', decimals: 0, against: 'by-hand' },
  { key: 'atOnceLongest', title: 'longest task over 50 ms, ms', decimals: 0 },
  { key: 'atOnceRenders', title: 'renders', decimals: 0 },
  { key: 'pacedMs', title: `200 tokens/s for ${seconds} s: main-thread ms`, decimals: 0, against: 'by-hand' },
  { key: 'pacedLongest', title: 'longest task over 50 ms, ms', decimals: 0 },
  { key: 'pacedRenders', title: 'renders', decimals: 0 },
];

const markdownColumns: readonly Column[] = [
  { key: 'markdownMs', title: 'main-thread ms', decimals: 0, against: 'markdown-blocks' },
  { key: 'markdownLongest', title: 'longest task over 50 ms, ms', decimals: 0 },
];

const everyPage = [...pages, ...markdownPages];
const scripts = new Map(await Promise.all(everyPage.map(async (name) => [name, await scriptOf(name)] as const)));
const server = await servePages(scripts);
const browser = await launchBrowser();
const measured = new Map(everyPage.map((name) => [name as string, new Map<string, number[]>()]));
try {
  for (const reply of replies) {
    for (let round = 0; round < options.rounds; round++) {
      for (const name of reply.pages) {
        const values = await measurePage(browser, `${server.origin}/${name}`, reply);
        for (const [key, value] of Object.entries(values)) {
          measured.get(name)?.set(key, [...(measured.get(name)?.get(key) ?? []), value]);
        }
        console.error(name, JSON.stringify(values));
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}

const weights = [
  ['', 'kB gzipped over React'],
  ['`useAIStream`', inKb(await weightOf('@sillage/client/react', ['useAIStream']))],
  ['`createAIStream`, without React', inKb(await weightOf('@sillage/client', ['createAIStream']))],
  ['`useChat`', inKb(await weightOf('@ai-sdk/react', ['useChat']))],
];
const lines = runLines(options);
const sections: Section[] = [
  { title: 'Showing a reply', text: markdownTable(tableOf(columns, pages, measured)) },
  {
    title: 'Markdown that grows to 50,000 characters',
    text: markdownTable(tableOf(markdownColumns, markdownPages, measured)),
  },
  { title: 'Weight', text: markdownTable(weights) },
];
console.log([lines.join('\n'), ...sections.map(({ title, text }) => `${title}\n${text}`)].join('\n\n'));
if (options.saves) saveReport('RESULTS-browser.md', lines, sections);

function inKb(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
