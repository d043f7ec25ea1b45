// Writes docs/settings.md from the schema of the settings. `npm run docs` runs it; settings-page.test.ts compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { documentedName, settingGroups, settings } from '../../backend/src/config/settings.ts';

const path = new URL('../../docs/settings.md', import.meta.url);

const introduction = `# Settings

Environment variables, in lower or upper case (the lower-case one wins). The server checks them at startup: it names each invalid
setting with its valid values, and exits with 1. Times are in seconds, lists are separated by commas. The standard variables \`OTEL_*\` turn on traces: [operations.md](operations.md#traces).

This page is generated from \`backend/src/config/settings.ts\` by \`npm run docs\`.
`;

/** The text of docs/settings.md. */
export function settingsPage(): string {
  return [introduction, ...settingGroups.map(tableOf)].join('\n');
}

function tableOf({ title, shape }: (typeof settingGroups)[number]): string {
  const rows = Object.entries(shape).flatMap(([name, { description }]) =>
    description === undefined ? [] : [`| \`${documentedName(name)}\` | ${defaultOf(name)} | ${description} |`],
  );
  return [`## ${title}`, '', '| Setting | Default | |', '|---|---|---|', ...rows, ''].join('\n');
}

/** Shows a default as it would be written in the environment; nothing where the setting may be absent. */
function defaultOf(name: string): string {
  const parsed: Record<string, unknown> = settings.parse({});
  const value = parsed[name];
  const isEmpty = value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  return isEmpty ? '' : `\`${value}\``;
}

if (import.meta.main) {
  const page = settingsPage();
  if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== page) writeFileSync(path, page);
}
