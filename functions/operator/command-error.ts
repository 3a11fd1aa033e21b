/** What an operator's command is refused for. */
import type * as z from 'zod/mini';

/** What an operator's command was refused for, to be shown as it is. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

type Issue = z.core.$ZodIssue;

/** What zod says where a schema has no words of its own. */
const WORDLESS = 'Invalid input';

/** The first thing that is wrong with a command. The message names the member, and never what it holds. */
export function misunderstood({ issues: [issue] }: z.core.$ZodError, event: unknown): CommandError {
  if (!issue) return new CommandError('command: not understood');
  const member = issue.path.join('.') || 'command';
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => [...issue.path, key].join('.'));
    return new CommandError(`${names.join(', ')}: not a member that is known`);
  }
  if (issue.message !== WORDLESS) return new CommandError(`${member}: ${issue.message}`);
  return new CommandError(`${member}: ${isThere(event, issue.path) ? wordsOf(issue) : 'is missing'}`);
}

function isThere(event: unknown, path: readonly PropertyKey[]): boolean {
  let value: unknown = event;
  for (const name of path) value = (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[name];
  return value !== undefined;
}

function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be of type ${issue.expected}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'invalid_union':
      return 'not a command';
    default:
      return 'not in the form that it must have';
  }
}
