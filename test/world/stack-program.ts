/** `npm start` without the note of what runs in this checkout: `stack-program.ts <directory> [chaos]`. Prints where the stack is, as JSON. */
import { writeSync } from 'node:fs';
import { type ChaosSettings, settingsOf } from '../../bin/embedded/chaos/faults.ts';
import { runProgram } from '../../bin/local/failure.ts';
import { startEmbedded } from '../../bin/local/start-embedded.ts';

await runProgram(async () => {
  const interrupted = new Promise((resolve) => process.on('SIGTERM', resolve));
  const [directory, given] = process.argv.slice(2);
  const chaos = given === undefined ? undefined : (settingsOf(given) as ChaosSettings);
  const stack = await startEmbedded({ say: () => {}, port: 0, directory, keys: undefined, chaos });
  writeSync(1, `${JSON.stringify(stack.state)}\n`);
  await interrupted;
  await stack.stop();
  return 0;
});
