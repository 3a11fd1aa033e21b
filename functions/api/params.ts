/** Building blocks of parameter schemas, and Stripe's words for what does not fit them. */
import * as z from 'zod/mini';
import { isLongerThan } from '../kernel/characters.ts';
import { parseCurrency, SUPPORTED_CURRENCIES } from '../kernel/money.ts';
import { invalidParameter, redacted } from './errors.ts';
import { mergedMetadata } from './metadata.ts';

const issue = (input: unknown, message: string, code?: string) => ({
  code: 'custom' as const,
  input,
  message,
  params: code === undefined ? {} : { code },
});

/** A string of at most `maximum` characters; an empty one is as good as none. */
export const text = (maximum: number) =>
  z.pipe(
    z.string().check(z.maxLength(maximum)),
    z.transform((value: string): string | undefined => (value === '' ? undefined : value)),
  );

/** A string of at most `maximum` characters; an empty one takes away what there was: null. */
export const clearable = (maximum: number) =>
  z.pipe(
    z.string().check(z.maxLength(maximum)),
    z.transform((value: string): string | null => (value === '' ? null : value)),
  );

/** An id or other string that may not be empty. */
export const nonEmpty = (maximum = 255) => z.string().check(z.maxLength(maximum), z.minLength(1));

const whole = z.union([z.string(), z.number()], { error: 'Invalid integer' });

/** A whole number, as form text or JSON number; `bigint`. */
export const integer = z.pipe(
  whole,
  z.transform((value: string | number, context): bigint => {
    const digits = String(value).trim();
    if (/^-?[0-9]{1,15}$/.test(digits)) return BigInt(digits);
    context.issues.push(issue(value, `Invalid integer: ${redacted(digits)}`, 'parameter_invalid_integer'));
    return z.NEVER;
  }),
);

/** A whole number from `minimum` on. */
export const integerFrom = (minimum: bigint) =>
  integer.check(
    z.refine((value: bigint) => value >= minimum, {
      error: ({ input }) =>
        minimum <= 0n || (input as bigint) < 0n
          ? 'Invalid non-negative integer'
          : `This value must be greater than or equal to ${minimum}.`,
      params: { code: 'parameter_invalid_integer' },
    }),
  );

/** `true` or `false` in any case: stripe-python up to 12.0 and stripe-dotnet before April 2025 send `True` and `False`. */
export const boolean = z.pipe(
  z.union([z.string(), z.boolean()], { error: 'Invalid boolean' }),
  z.transform((value: string | boolean, context): boolean => {
    const word = String(value).toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    context.issues.push(issue(value, `Invalid boolean: ${redacted(String(value))}`));
    return z.NEVER;
  }),
);

/** A switch that stays off here: Stripe's false changes nothing, and true is refused with the reason. */
export const neverTrue = (why: string) => boolean.check(z.refine((on: boolean) => !on, { error: why }));

export const currency = z.pipe(
  z.string(),
  z.transform((value: string, context) => {
    const known = parseCurrency(value);
    if (known) return known;
    context.issues.push(
      issue(
        value,
        `Invalid currency: ${redacted(value)}. Stripe currently supports these currencies: ${SUPPORTED_CURRENCIES.join(', ')}`,
      ),
    );
    return z.NEVER;
  }),
);

const MAXIMUM_PAIRS = 50;
const tooManyPairs = `You can have up to ${MAXIMUM_PAIRS} metadata keys.`;

/** Metadata as it is sent: pairs, or an empty string that removes all. A pair with an empty value removes its key. */
export const metadataChange = z.pipe(
  z.union([z.literal(''), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))]),
  z.transform((given, context): Readonly<Record<string, string>> | '' => {
    if (given === '') return '';
    const pairs = Object.entries(given).map(([name, value]) => [name, String(value)] as const);
    const refuse = (message: string): void => void context.issues.push(issue(given, message));
    if (pairs.length > MAXIMUM_PAIRS) refuse(tooManyPairs);
    for (const [name, value] of pairs) {
      if (isLongerThan(name, 40)) refuse('Metadata keys can have up to 40 characters.');
      if (/[[\]]/.test(name)) refuse('Metadata keys cannot contain square brackets.');
      if (isLongerThan(value, 500)) refuse('Metadata values can have up to 500 characters.');
    }
    return Object.fromEntries(pairs);
  }),
);

/** The pairs after the change, name by name. @throws 400 when there are more than 50 */
export function changedMetadata(
  current: Readonly<Record<string, string>>,
  change: z.infer<typeof metadataChange>,
): Readonly<Record<string, string>> {
  const merged = mergedMetadata(current, change);
  if (Object.keys(merged).length > MAXIMUM_PAIRS) throw invalidParameter(tooManyPairs, { param: 'metadata' });
  return merged;
}

/** Metadata of an object that is made: what would remove something is as good as not sent. */
export const metadata = z.pipe(
  metadataChange,
  z.transform((change) => changedMetadata({}, change)),
);

const SECONDS = /^[0-9]{1,11}$/;
const instant = z.pipe(
  whole,
  z.transform((value: string | number, context): number => {
    if (SECONDS.test(String(value))) return Number(value);
    context.issues.push(issue(value, `Invalid integer: ${redacted(String(value))}`, 'parameter_invalid_integer'));
    return z.NEVER;
  }),
);

/** Bounds on `created` in seconds. */
export interface Created {
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
}

/** A time in seconds, or bounds on it. */
export const instants = z.pipe(
  z.union([
    z.string(),
    z.number(),
    z.strictObject({
      gt: z.optional(instant),
      gte: z.optional(instant),
      lt: z.optional(instant),
      lte: z.optional(instant),
    }),
  ]),
  z.transform((value: string | number | Created, context): Created => {
    if (typeof value === 'object') return value;
    if (SECONDS.test(String(value))) return { gte: Number(value), lte: Number(value) };
    context.issues.push(issue(value, `Invalid integer: ${redacted(String(value))}`, 'parameter_invalid_integer'));
    return z.NEVER;
  }),
);

/** Whether a time in seconds lies within the bounds. */
export const isWithin = ({ gt = -1, gte = 0, lt = Infinity, lte = Infinity }: Created, seconds: number): boolean =>
  seconds > gt && seconds >= gte && seconds < lt && seconds <= lte;

/** Page size 1 to 100, silently clamped as Stripe does. Default: 10. */
const limit = z._default(
  z.pipe(
    integer,
    z.transform((value: bigint) => Number(value < 1n ? 1n : value > 100n ? 100n : value)),
  ),
  10,
);

/** What names a page. */
export const pageShape = {
  limit,
  starting_after: z.optional(nonEmpty()),
  ending_before: z.optional(nonEmpty()),
};

/** What most lists take. */
export const listShape = { ...pageShape, created: z.optional(instants) };

export interface ListParams {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
  readonly created?: Created | undefined;
}

/** No parameters but `expand[]`, which `http` takes out before. */
export const noParams = z.strictObject({});
