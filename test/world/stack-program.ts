/** `npm start` without the note of what runs in this checkout: `stack-program.ts <directory>`. Prints where the stack is, as JSON. */
import { writeSync } from 'node:fs';
import { runProgram } from '../../bin/local/failure.ts';
import { startEmbedded } from '../../bin/local/start-embedded.ts';

await runProgram(async () => {
  const interrupted = new Promise((resolve) => process.on('SIGTERM', resolve));
  const stack = await startEmbedded({ say: () => {}, port: 0, directory: process.argv[2]!, keys: undefined });
  writeSync(1, `${JSON.stringify(stack.state)}\n`);
  await interrupted;
  await stack.stop();
  return 0;
});
