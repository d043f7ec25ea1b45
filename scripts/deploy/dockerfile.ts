// The Dockerfile and .dockerignore of the project, parsed by libraries that follow Docker's own grammar.
import { readFileSync } from 'node:fs';
import dockerignore from '@balena/dockerignore';
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import { root } from '../run.ts';

/** One stage of a build: its base image, its name where it has one, and its instructions. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** What a `COPY` does: the stage it copies from (undefined: the build context), the sources and the target. */
export interface CopyPlan {
  readonly stage: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The text of the Dockerfile. */
export const dockerfile = readFileSync(`${root}Dockerfile`, 'utf8');

/** Returns the stages of the Dockerfile, in order. */
export function readStages(): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = instruction as From;
      stages.push({ image: from.getImage() ?? '', name: from.getBuildStage(), instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Returns what is after the keyword of an instruction, with continued lines joined. */
export function textOf(instruction: Instruction): string {
  return instruction.getArgumentsContent()?.replaceAll(/\\\n\s*/g, '') ?? '';
}

/** Returns what a `COPY` instruction does. */
export function planOf(instruction: Instruction): CopyPlan {
  const copy = instruction as Copy;
  const paths = copy.getArguments().map((argument) => argument.getValue());
  const stage = copy.getFromFlag()?.getValue() ?? undefined;
  return { stage, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** Returns a test of whether .dockerignore keeps a path out of the build context. */
export function readIgnored(): (path: string) => boolean {
  const ignored = dockerignore().add(readFileSync(`${root}.dockerignore`, 'utf8'));
  return (path) => ignored.ignores(path);
}
