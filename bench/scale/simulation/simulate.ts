// Simulates the cluster token by token, to see what the averages of the model hide. Tokens and replies arrive
// at random, nodes send once a tick, and each Redis serves one command after the other.

import type { SimulationOptions, SimulationResult } from './cluster.ts';
import { Simulation } from './simulation.ts';

/** Long enough for every queue to reach its steady length. */
const warmUpMs = 1_000;

/** Simulates a cluster that starts in a steady state. */
export function simulate(options: SimulationOptions): SimulationResult {
  const simulation = new Simulation(options);
  for (let ms = 0; ms < warmUpMs; ms++) simulation.step(ms);
  simulation.reset();
  const endMs = warmUpMs + options.seconds * 1000;
  for (let ms = warmUpMs; ms < endMs; ms++) simulation.step(ms);
  return simulation.result();
}
