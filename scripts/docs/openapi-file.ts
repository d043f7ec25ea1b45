// Writes docs/openapi.json from the schemas of the routes. `npm run docs` runs it; openapi.test.ts compares.
import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../../backend/src/ai-chat/openapi/document.ts';

const path = new URL('../../docs/openapi.json', import.meta.url);

writeFileSync(path, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
