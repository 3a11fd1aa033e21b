/** Command lines: options are declared, anything else shows the usage and ends with code 2. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What was typed. Prints the usage and ends the process: code 0 for `--help`, 2 for an option that does not exist. */
export function commandLine<const O extends Options>(usage: string, options: O) {
  try {
    const parsed = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
    if ((parsed.values as { help?: boolean }).help) {
      console.log(usage);
      process.exit(0);
    }
    return parseArgs({ options, allowPositionals: true, strict: true });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/** Says what is wrong, then shows the usage; the exit code of a wrong command line. */
commandLine.wrong = (usage: string, reason: string): number => {
  console.error(`${reason}\n\n${usage}`);
  return 2;
};

/** For a program that takes nothing: anything that was typed ends the process with code 2. */
commandLine.nothing = (usage: string): void => {
  const { positionals } = commandLine(usage, {});
  if (positionals.length > 0) process.exit(commandLine.wrong(usage, `Unexpected: ${positionals.join(' ')}`));
};
