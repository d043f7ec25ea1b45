// Every figure of the servers, in the order of the table.
import type { Figure } from './figure.ts';
import { pacedCpu, unpacedCpu } from './figures/cpu.ts';
import { capacity, tokenDelay } from './figures/delay.ts';
import { firstToken } from './figures/first-token.ts';
import { growth } from './figures/growth.ts';
import { memory } from './figures/memory.ts';
import { readers } from './figures/readers.ts';
import { resume } from './figures/resume.ts';

/** Every figure, by the name that `--figures` takes. */
export const figures: readonly Figure[] = [
  unpacedCpu,
  pacedCpu,
  firstToken,
  tokenDelay,
  capacity,
  memory,
  readers,
  resume,
  growth,
];
