// Writes the results of a run to a file, with the machine and the versions that reproduce them.
import { readFileSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { machineLine } from '../testbed/machine.ts';

const compared = [
  'openai',
  'ai',
  '@ai-sdk/openai-compatible',
  '@ai-sdk/react',
  'resumable-stream',
  '@nestjs/core',
  'react',
];

/** One section of a results file. */
export interface Section {
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** Returns the machine and the versions, in lines. */
export function machineLines(): string[] {
  const versions = compared.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return [`${machineLine()}, Node ${process.versions.node}.`, `${versions}.`];
}

/** Returns the date, the machine, how often it was measured, and the versions, in lines. */
export function runLines({ rounds, isQuick }: { rounds: number; isQuick: boolean }): string[] {
  const [machine = '', ...versions] = machineLines();
  const medians = `Medians of ${rounds} ${rounds === 1 ? 'run' : 'runs, in turn'}`;
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine}`,
    `${medians}${isQuick ? ', shortened (not to be quoted)' : ''}.`,
    ...versions,
  ];
}

/** Writes a results file to `bench/`. */
export function saveReport(file: string, lines: readonly string[], sections: readonly Section[]): void {
  const parts = sections.map(({ title, text }) => `## ${title}\n\n${text}\n`);
  const head = `# What it costs\n\nWritten by the bench; run it yourself. ${lines.join('\n')}\n`;
  writeFileSync(new URL(`../${file}`, import.meta.url), [head, ...parts].join('\n'));
}

function versionOf(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  return manifest === undefined ? 'not installed' : JSON.parse(readFileSync(manifest, 'utf8')).version;
}
