// The cost of a start and an end: replies of one token each.
import type { Cost } from '../model/cost.ts';
import { type Baseline, measureCost, rest, shareOf } from './spending.ts';

const sets = 20;
const repliesASet = 30;

/** Measures replies in stored conversations, each read on the producer's node. */
export async function measureReplies(baseline: Baseline): Promise<{ cost: Cost; databaseBytes: number }> {
  const { testbed } = baseline;
  const bytesBefore = await databaseBytes(baseline);
  const { cost } = await measureCost(baseline, async () => {
    for (let i = 0; i < sets; i++) {
      await testbed.start(repliesASet, { tokens: 1 }, { inConversations: true });
      await testbed.load.ended();
    }
  });
  const replies = sets * repliesASet;
  const bytes = (await databaseBytes(baseline)) - bytesBefore;
  await rest(testbed);
  return { cost: shareOf('a reply', { ...cost, readerBytes: 0 }, replies), databaseBytes: bytes / replies };
}

async function databaseBytes({ testbed }: Baseline): Promise<number> {
  const [row] = await testbed.cluster.rows('select pg_database_size(current_database()) as bytes');
  return Number(row?.bytes);
}
