/** `npm run openapi`: writes the OpenAPI document of what is served to the file that the gateway answers with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';
import { OPERATIONS, openApiText } from './local/openapi.ts';

await runProgram(async () => {
  writeFileSync(join(ROOT, 'functions/api/openapi.json'), openApiText());
  console.log(`openapi: ${OPERATIONS.length} operations written to functions/api/openapi.json`);
  return 0;
});
