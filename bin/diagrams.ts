/** `npm run diagrams`: draws the diagrams of docs/diagrams from the tables, lists and texts that they show. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagrams } from './local/diagrams.ts';
import { runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';

await runProgram(async () => {
  const drawn = await diagrams();
  for (const [path, svg] of drawn) writeFileSync(join(ROOT, path), svg);
  console.log(`diagrams: ${drawn.size} written`);
  return 0;
});
