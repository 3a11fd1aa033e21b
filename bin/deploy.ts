/** `npm run deploy:local`: changed code onto the emulator of `npm start -- --on ministack`, in seconds. Changed infrastructure needs a restart. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { emulatorPlace } from './local/place.ts';
import { updateCode } from './local/update-code.ts';

await runProgram(async () => {
  commandLine.nothing('Usage: npm run deploy:local');
  const startedMs = Date.now();
  const changed = await updateCode(emulatorPlace(), 'stack', (line) => console.error(line));
  const done =
    changed.length === 0 ? 'nothing changed' : `${changed.length} function${changed.length === 1 ? '' : 's'} updated`;
  console.log(`deploy: ${done} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  return 0;
});
