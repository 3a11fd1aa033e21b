/** The load generator and webhook receiver, in a process of their own. */
import { join } from 'node:path';
import { end, start } from '../../../bin/local/child.ts';
import { Failure } from '../../../bin/local/failure.ts';
import { ROOT } from '../../../bin/local/files.ts';
import type { Asked, Question, Reply } from './load-job.ts';

type Name = keyof Asked;
/** Rejects with a Failure where the load met a wrong response, or its process has ended. */
export type Ask = <N extends Name>(name: N, input: Asked[N]['input']) => Promise<Asked[N]['result']>;

export interface Load {
  readonly ask: Ask;
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const child = start(process.execPath, ['--import', 'tsx', join(ROOT, 'test/bench/runtime/load-program.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', ({ id, result, error }: Reply) => {
    const question = waiting.get(id)!;
    waiting.delete(id);
    if (error === undefined) question.resolve(result);
    else question.reject(new Failure(`load: ${error}`));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Failure('load: its process has ended'));
  });
  const ask = (name: Name, input: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const question: Question = { id: asked++, name, input };
      waiting.set(question.id, { resolve, reject });
      child.send(question);
    });
  return { ask: ask as Ask, stop: () => end(child) };
}
