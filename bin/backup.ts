/** `npm run -s backup -- FILE`: copies the store of the stack that npm start runs here to a new file, while it runs. */
import { resolve } from 'node:path';
import { askHere } from './local/ask-here.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';

const USAGE = `Usage: npm run -s backup -- FILE

Copies the store of the stack that npm start runs here, on the embedded runtime, to a new file. The stack goes on meanwhile. The keys and the files of
reports are beside the store, in keys and files: copy these too. To go on from the copy, put it as sluice.db into a new directory, with
keys and files beside it, and name that directory: npm start -- --data DIR.`;

await runProgram(async () => {
  const [file, ...more] = commandLine(USAGE, {}).positionals;
  if (file === undefined || more.length > 0) return commandLine.wrong(USAGE, 'One FILE is needed');
  const { path } = await askHere<{ readonly path: string }>('backup', { file: resolve(file) });
  console.log(path);
  return 0;
});
