/**
 * The files of `functions/` that are at work on the way to a call: every function that has called the next one and waits for it. A stack alone
 * ends where a function was resumed after an `await`; the stacks at which its promises were made continue it. A function that only passes its
 * arguments on, and is not `async`, is in one of them.
 */
import { createHook, executionAsyncId } from 'node:async_hooks';
import { ROOT } from '../../bin/local/files.ts';

/** Innermost first, each as often as it stands there. */
function filesNow(): readonly string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split('\n').flatMap((line) => {
    const [, file] = /(functions\/[\w/-]+\.ts):\d+/.exec(line.replace(ROOT, '')) ?? [];
    return file === undefined ? [] : [file];
  });
}

interface Made {
  readonly files: readonly string[];
  readonly by: number;
}

/** Runs `work`. `here` returns the files on the way to the place that calls it, outermost first, each once. */
export async function tracingCalls<T>(work: (here: () => readonly string[]) => Promise<T>): Promise<T> {
  const made = new Map<number, Made>();
  const hook = createHook({ init: (id) => made.set(id, { files: filesNow(), by: executionAsyncId() }) });
  const here = (): readonly string[] => {
    const files = [...filesNow()];
    for (let at = made.get(executionAsyncId()); at; at = made.get(at.by)) files.push(...at.files);
    return [...new Set(files.reverse())];
  };
  hook.enable();
  try {
    return await work(here);
  } finally {
    hook.disable();
  }
}
