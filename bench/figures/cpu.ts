// CPU microseconds of the server for one token: replies as fast as they go, and at a model's pace.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuPerToken, type Figure, playWhole, type Scene, warm } from '../figure.ts';

const pace = 20;

/** Measures 50 replies of 2,000 tokens, unpaced, three times over. */
export const unpacedCpu: Figure = {
  name: 'cpu',
  columns: [{ key: 'cpu', title: 'CPU us a token, unpaced', decimals: 1, against: 'rewrite' }],
  measure: async (scene) => {
    await warm(scene);
    return { cpu: await unpacedCost(scene, { streams: 50, tokens: 2000 }) };
  },
};

/** Measures 150 streams at 20 tokens a second. */
export const pacedCpu: Figure = {
  name: 'paced',
  columns: [{ key: 'paced', title: 'CPU us a token, 150 x 20/s', decimals: 0, against: 'pipe' }],
  measure: async (scene) => {
    await warm(scene);
    return { paced: await pacedCost(scene, 150) };
  },
};

/** Returns what a token costs when so many replies come as fast as they go. */
export function unpacedCost(scene: Scene, { streams, tokens }: { streams: number; tokens: number }): Promise<number> {
  const times = scene.isQuick ? 1 : 3;
  return cpuPerToken(scene, async () => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += await playWhole(scene, streams, { tokens });
    return sum;
  });
}

/** Returns what a token costs while so many streams come at a model's pace. */
export async function pacedCost(scene: Scene, streams: number): Promise<number> {
  const { load, subject, isQuick } = scene;
  const requests = [subject.ask({ tokens: 1_000_000, rate: pace })];
  await load.open({ port: subject.port, requests, count: streams, rampMs: streams * 2 });
  await delay(500);
  const cost = await cpuPerToken(scene, async () => {
    const before = await load.counted();
    await delay(isQuick ? 2_000 : 6_000);
    return (await load.counted()) - before;
  });
  await scene.closeAll();
  return cost;
}
