// Reads a Dockerfile and a .dockerignore: as much of their grammar as ours use.

/** Is one line of a Dockerfile: `COPY` and what is behind it, options and continued lines included. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Is one stage: what it builds on, its name where it has one, and what is done in it. */
export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Parses a Dockerfile into its stages, in order. */
export function stagesOf(source: string): Stage[] {
  const stages: Array<Stage & { instructions: Instruction[] }> = [];
  const lines = source.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  for (const line of lines.split('\n')) {
    const [, name, text = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const [image = '', , alias] = text.split(' ');
    if (name === 'FROM') stages.push({ image, name: alias, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** Splits what a `COPY` says: which stage it copies from (undefined: the context), what, and where to. */
export function copyOf({ text }: Instruction): { stage: string | undefined; sources: string[]; target: string } {
  const words = text.split(' ');
  const stage = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { stage, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** Says by a .dockerignore whether a path of the context stays behind: the last line that matches it, or a folder above. */
export function ignoring(source: string): (path: string) => boolean {
  const lines = source.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const rules = lines.map((line) => ({ isIgnored: !line.startsWith('!'), pattern: patternOf(line.replace('!', '')) }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isIgnored ?? false;
}

/** Unlike in a shell, `*` stands for names that begin with a dot, too. */
function patternOf(glob: string): RegExp {
  const parts: Record<string, string> = { '**/': '(?:.*/)?', '*': '[^/]*', '.': '\\.' };
  return new RegExp(`^${glob.replaceAll(/\*\*\/|\*|\./g, (part) => parts[part] ?? part)}(?:/|$)`);
}
