/** `npm run calendars`: writes the banking-day calendars from their sources to the file that settlement reads. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calendarsText } from './local/calendars.ts';
import { runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';

await runProgram(async () => {
  writeFileSync(join(ROOT, 'functions/kernel/calendars.json'), calendarsText());
  console.log('calendars: written to functions/kernel/calendars.json');
  return 0;
});
