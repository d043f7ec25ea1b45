// `npm run bench:scale`: prints the tables of docs/scaling.md from the latest measurements.
// --measure  measures a cluster of three nodes first, in about ten minutes; both files are written then.
// --save     writes the tables into docs/scaling.md
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensurePrograms } from '../../scripts/system-packages.ts';
import { measure } from './measuring/measure.ts';
import { loadMeasured, saveMeasured } from './model/measured.ts';
import { documentFile, drawTables, withTables } from './tables/document.ts';

const { values } = parseArgs({
  options: { measure: { type: 'boolean', default: false }, save: { type: 'boolean', default: false } },
});

if (values.measure) {
  await ensurePrograms(['postgres', 'redis']);
  saveMeasured(await measure());
}
const measured = loadMeasured();
const drawn = drawTables(measured);
for (const [name, table] of Object.entries(drawn)) console.log(`${name}\n${table}\n`);
if (values.measure || values.save)
  writeFileSync(documentFile, withTables(readFileSync(documentFile, 'utf8'), drawn, measured));
