/** What a person can do something about: shown as its message alone, without a stack trace. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** Errors that need no stack trace. By name: the embedded runtime is bundled, and has classes of its own. */
const FOR_PEOPLE = new Set(['Failure', 'StoreFull', 'StoreLocked', 'StoreStopped', 'StoreUnreadable']);

export const textOf = (error: unknown): string =>
  error instanceof Error && FOR_PEOPLE.has(error.name)
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);

/** Runs a program's main function; what it throws goes to standard error, and the exit code is then 1. */
export async function runProgram(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(textOf(error));
    process.exitCode = 1;
  }
}
