/** Stripe's words for what does not fit a schema of parameters (https://docs.stripe.com/api/errors). Pure. */
import type * as z from 'zod/mini';
import {
  type ApiError,
  emptyParameter,
  invalidParameter,
  missingParameter,
  redacted,
  unknownParameter,
} from './errors.ts';

type Issue = z.core.$ZodIssue;

/** Stripe's refusal for the first thing that a schema found wrong: what is unknown comes before what is missing or mistyped. */
export function refusalOf(error: z.core.$ZodError): ApiError {
  const issues = error.issues.flatMap(flattened);
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
  return refusalOfIssue(unknown ?? issues[0]!);
}

/** What a value can be of several kinds has wrong: inside, where it is of one of them; else that it is of none. */
function flattened(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return [issue];
  const kinds = issue.errors.map((errors) =>
    errors.map((each): Issue => ({ ...each, path: [...issue.path, ...each.path] })),
  );
  const isAbout = (errors: readonly Issue[]): boolean =>
    errors.every(({ code, path }) => path.length > issue.path.length || code === 'unrecognized_keys');
  const hasMembers = (errors: readonly Issue[]): boolean =>
    errors.some((each) => each.code === 'invalid_type' && ['object', 'record', 'array'].includes(each.expected));
  const kind = kinds.find(isAbout) ?? kinds.find(hasMembers) ?? kinds[0]!;
  return kind.flatMap(flattened);
}

function refusalOfIssue(issue: Issue): ApiError {
  const param = bracketed(issue.path);
  if (issue.code === 'unrecognized_keys') return unknownParameter(bracketed([...issue.path, issue.keys[0]!]));
  if (issue.input === '') return emptyParameter(param);
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return missingParameter(param);
      return issue.message === 'Invalid input'
        ? mistyped(issue.expected, issue.input, param)
        : invalidParameter(issue.message, { param });
    case 'invalid_value':
      if (issue.input === undefined) return missingParameter(param);
      return invalidParameter(`Invalid ${param}: must be ${oneOf(issue.values)}`, { param });
    case 'invalid_union':
      if (issue.input === undefined) return missingParameter(param);
      return issue.message === 'Invalid integer'
        ? mistyped('integer', issue.input, param)
        : invalidParameter(issue.message, { param });
    case 'too_big':
      return invalidParameter(
        `Invalid ${param}: it may have at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'members'}`,
        { param },
      );
    case 'custom': {
      const code: unknown = issue.params?.code;
      return invalidParameter(issue.message, { param, ...(typeof code === 'string' && { code }) });
    }
    default:
      return invalidParameter(`Invalid ${param}`, { param });
  }
}

/** The value itself, only when it is short and has no members: a card number in the wrong field must not appear in an error. */
function mistyped(expected: string, input: unknown, param: string): ApiError {
  const facts = { param, ...(expected === 'integer' && { code: 'parameter_invalid_integer' }) };
  if (expected === 'array') return invalidParameter('Invalid array', facts);
  if (expected === 'object' || expected === 'record') return invalidParameter('Invalid object', facts);
  const value = Array.isArray(input) ? '[…]' : typeof input === 'object' ? '{…}' : redacted(`${input as string}`);
  return invalidParameter(`Invalid ${expected}: ${value}`, facts);
}

const bracketed = (path: readonly PropertyKey[]): string =>
  redacted(path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join(''));

function oneOf(values: readonly unknown[]): string {
  const names = values.map(String).filter((name) => name !== '');
  if (names.length === 1) return names[0]!;
  return `one of ${names.slice(0, -1).join(', ')}${names.length > 2 ? ',' : ''} or ${names.at(-1)}`;
}
