// Starts and ends: replies of one token each, so that the token hardly counts.
import type { Cost } from '../cost.ts';
import { priceOf, rest, type Setting, shareOf } from './spending.ts';

const sets = 20;
const repliesASet = 30;

/** Measures replies in stored conversations, each read where it is produced. */
export async function measureReplies(setting: Setting): Promise<{ cost: Cost; databaseBytes: number }> {
  const { scene } = setting;
  const bytesBefore = await databaseBytes(setting);
  const { cost } = await priceOf(setting, async () => {
    for (let i = 0; i < sets; i++) {
      await scene.start(repliesASet, { tokens: 1 }, { inConversations: true });
      await scene.load.ended();
    }
  });
  const replies = sets * repliesASet;
  const bytes = (await databaseBytes(setting)) - bytesBefore;
  await rest(scene);
  return { cost: shareOf('a reply', { ...cost, readerBytes: 0 }, replies), databaseBytes: bytes / replies };
}

async function databaseBytes({ scene }: Setting): Promise<number> {
  const [row] = await scene.cluster.rows('select pg_database_size(current_database()) as bytes');
  return Number(row?.bytes);
}
