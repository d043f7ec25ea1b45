// `npm run bench:browser`: main-thread CPU time in Chromium of showing a reply, and the weight of each client.
// --rounds 3  --quick  --save (RESULTS-browser.md)
import { bundle, launchBrowser } from '@sillage/testing';
import { readOptions } from '../options.ts';
import { reportOf, saveFile } from '../report/report.ts';
import { measureInTurn, type Result } from '../report/results.ts';
import { tableOf, tableText } from '../report/table.ts';
import { measurePage, type PageFigure } from './measuring.ts';
import { servePages } from './page-server.ts';

/** Every page, the limit first; then the pages that draw Markdown as it grows. */
const pageNames = ['by-hand', 'use-ai-stream', 'naive', 'use-chat-throttled', 'use-chat'];
const markdownPageNames = ['markdown-blocks', 'markdown-naive'];
const options = readOptions(process.argv.slice(2), { rows: [...pageNames, ...markdownPageNames], figures: [] });
const pages = pageNames.filter((name) => options.only.includes(name));
const markdownPages = markdownPageNames.filter((name) => options.only.includes(name));
const seconds = options.isQuick ? 3 : 10;
const longest = { key: 'longest', title: 'longest task over 50 ms, ms', decimals: 0 };
const renders = { key: 'renders', title: 'renders', decimals: 0 };
const ms = { key: 'ms', decimals: 0, against: 'by-hand' };
const replies: readonly PageFigure[] = [
  {
    name: 'atOnce',
    columns: [{ ...ms, title: '20,000 tokens at once: main-thread ms' }, longest, renders],
    script: { tokens: 20_000 },
  },
  {
    name: 'paced',
    columns: [{ ...ms, title: `200 tokens/s for ${seconds} s: main-thread ms` }, longest, renders],
    script: { tokens: 200 * seconds, rate: 200 },
  },
];
const markdown: PageFigure = {
  name: 'markdown',
  columns: [{ ...ms, title: 'main-thread ms', against: 'markdown-blocks' }, longest],
};

const server = await servePages();
const browser = await launchBrowser();
const results: Record<string, Result> = {};
for (const figure of [...replies, markdown]) {
  results[figure.name] = await measureInTurn(figure.name, {
    rounds: options.rounds,
    rows: (figure === markdown ? markdownPages : pages).map((name) => ({ name })),
    measure: ({ name }) => measurePage(browser, `${server.resolvedUrls?.local[0]}#${name}`, figure),
  });
}
await browser.close();
await server.close();

const weights = [
  ['', 'kB gzipped over React'],
  ['`useAIStream`', await weightOf('@sillage/client/react', 'useAIStream')],
  ['`createAIStream`, without React', await weightOf('@sillage/client', 'createAIStream')],
  ['`useChat`', await weightOf('@ai-sdk/react', 'useChat')],
];
const sections = {
  'Showing a reply': tableText(tableOf(replies, pages, results)),
  'Markdown that grows to 50,000 characters': tableText(tableOf([markdown], markdownPages, results)),
  Weight: tableText(weights),
};
const report = reportOf(sections, [...replies, markdown], results);
console.log(`${report}${options.isQuick ? '\nShortened: not to be quoted.' : ''}`);
if (options.saves) saveFile('RESULTS-browser.md', report);

async function weightOf(specifier: string, name: string): Promise<string> {
  const { sizeBytes } = await bundle(`export { ${name} } from '${specifier}';`);
  return (sizeBytes / 1024).toFixed(1);
}
