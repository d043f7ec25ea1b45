// Every figure of the servers, in the order of the table.

import { pacedCpu, unpacedCpu } from './cpu.ts';
import { capacity, tokenDelay } from './delay.ts';
import type { Figure } from './figure.ts';
import { firstToken } from './first-token.ts';
import { growth } from './growth.ts';
import { memory } from './memory.ts';
import { readers } from './readers.ts';
import { resume } from './resume.ts';

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
