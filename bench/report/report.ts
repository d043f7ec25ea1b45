// The report of a run: its tables, the machine and the versions that reproduce them, and the date of each figure.
import { writeFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { machineLine } from '../testbed/machine.ts';
import type { Results } from './results.ts';
import type { Tabled } from './table.ts';

/** The compared libraries. The manifest names exact versions. */
const compared = [
  'openai',
  'ai',
  '@ai-sdk/openai-compatible',
  '@ai-sdk/react',
  'resumable-stream',
  '@nestjs/core',
  'react',
] as const;

/** Returns the report of `figures` as Markdown; `sections` are texts by their titles. */
export function reportOf(
  sections: Readonly<Record<string, string>>,
  figures: readonly Tabled[],
  results: Results,
): string {
  const whenOf = ({ name, columns }: Tabled) => {
    const { date = '', rounds = 0 } = results[name] ?? {};
    return `- ${date}, ${rounds === 1 ? 'one run' : `medians of ${rounds} runs in turn`}: ${columns[0]?.title}`;
  };
  const versions = compared.map((name) => `${name} ${manifest.devDependencies[name]}`).join(', ');
  const machine = `${machineLine()}, Node ${process.versions.node}.\n${versions}.\n`;
  const all = { ...sections, 'When each was measured': figures.map(whenOf).join('\n') };
  const parts = Object.entries(all).map(([title, text]) => `## ${title}\n\n${text}\n`);
  return [`# What it costs\n\nWritten by the bench; run it yourself. ${machine}`, ...parts].join('\n');
}

/** Writes a file to `bench/`. */
export function saveFile(name: string, text: string): void {
  writeFileSync(new URL(`../${name}`, import.meta.url), text);
}
