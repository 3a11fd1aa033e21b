/** The treatment of Stripe's parameters that an operation does not use (parameter-table.ts). */
import * as z from 'zod/mini';
import { once } from '../kernel/once.ts';
import { invalidParameter, redacted } from './errors.ts';
import type { Tree } from './form.ts';
import type { Parameterized } from './operation.ts';
import { PARAMETER_TABLE } from './parameter-table.ts';
import { refusalOf } from './refusals.ts';

interface Unused {
  readonly path: readonly string[];
  /** The values that the row is about; absent: any. */
  readonly values: readonly string[] | undefined;
  readonly why: string | undefined;
}

type Members = Readonly<Record<string, Tree>>;

const byOperation = once(() => {
  const found = new Map<string, Unused[]>();
  for (const { operations, names, why } of PARAMETER_TABLE) {
    const unused = names.split(' ').map((word): Unused => {
      const [name = '', values] = word.split('=');
      return { path: name.match(/[\w*]+/g) ?? [], values: values?.split('|'), why };
    });
    for (const operation of operations.split(',')) found.set(operation, [...(found.get(operation) ?? []), ...unused]);
  }
  return found;
});

/** The parameters without those that change nothing, as the schema of the operation has them. @throws 400 in Stripe's words */
export function parseUsed(operation: Parameterized, given: Members): unknown {
  const parsed = z.safeParse(operation.params, withoutUnused(operation, given), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw refusalOf(parsed.error);
}

/** What an operation is given, without what changes nothing. @throws 400 with the reason for what is refused */
export function withoutUnused({ method, path }: Pick<Parameterized, 'method' | 'path'>, given: Members): Members {
  let rest = given;
  for (const { path: at, values, why } of byOperation().get(`${method} ${path}`) ?? []) {
    const without = omitted(rest, at, values);
    if (without.name !== undefined && why !== undefined) throw invalidParameter(why, { param: redacted(without.name) });
    rest = without.value as Members;
  }
  return rest;
}

/** A value without a member, and the member's name in the request: of the first one, where a list or `*` has several. */
interface Omitted {
  readonly value: Tree;
  readonly name?: string;
}

/** The value without the member at the path; the value itself where there is none. */
function omitted(
  value: Tree,
  [name, ...inner]: readonly string[],
  values: readonly string[] | undefined,
  outer = '',
): Omitted {
  if (typeof value !== 'object' || value === null) return { value };
  if (Array.isArray(value)) {
    const elements: readonly Tree[] = value;
    const each = elements.map((element, index) => omitted(element, [name!, ...inner], values, `${outer}[${index}]`));
    return joined(each, () => each.map((one) => one.value)) ?? { value };
  }
  const members = Object.entries(value as Members);
  if (name === '*') {
    const each = members.map(([member, own]) => [member, omitted(own, inner, values, within(outer, member))] as const);
    const kept = () => Object.fromEntries(each.map(([member, one]) => [member, one.value]));
    return (
      joined(
        each.map(([, one]) => one),
        kept,
      ) ?? { value }
    );
  }
  if (!Object.hasOwn(value, name!)) return { value };
  const { [name!]: member, ...others } = value as Members;
  const at = within(outer, name!);
  if (inner.length === 0) return isOf(member!, values) ? { value: others, name: at } : { value };
  const after = omitted(member!, inner, values, at);
  if (after.name === undefined) return { value };
  // An object of which nothing is left says nothing, where only some values are omitted.
  if (values && isEmpty(after.value)) return { value: others, name: after.name };
  return { value: { ...value, [name!]: after.value }, name: after.name };
}

/** Whether a value is one of these, or anything where there are none. A truth value may be written in any case. */
const isOf = (value: Tree, values: readonly string[] | undefined): boolean =>
  values === undefined || (typeof value !== 'object' && values.includes(String(value).toLowerCase()));

const isEmpty = (value: Tree): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

const within = (outer: string, name: string): string => (outer === '' ? name : `${outer}[${name}]`);

/** The parts as one value, if the member was in any of them. */
function joined(parts: readonly Omitted[], value: () => Tree): Omitted | undefined {
  const name = parts.find((part) => part.name !== undefined)?.name;
  return name === undefined ? undefined : { value: value(), name };
}
