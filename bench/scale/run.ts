// `npm run bench:scale`: prints the tables of docs/scaling.md from the latest measurements.
// --measure  measures a cluster of three nodes first, in about ten minutes; both files are written then.
// --save     writes the tables into docs/scaling.md
import { parseArgs } from 'node:util';
import { measure } from './measuring/measure.ts';
import { loadMeasured, saveMeasured } from './model/measured.ts';
import { drawTables, fillDocument } from './tables/tables.ts';

const { values } = parseArgs({
  options: { measure: { type: 'boolean', default: false }, save: { type: 'boolean', default: false } },
});

if (values.measure) saveMeasured(await measure());
const measured = loadMeasured();
for (const [name, table] of drawTables(measured)) console.log(`${name}\n${table}\n`);
if (values.measure || values.save) fillDocument(measured);
