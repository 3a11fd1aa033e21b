/** The treatment of Stripe's parameters that an operation does not use (parameter-table.ts). */
import { once } from '../kernel/once.ts';
import { invalidParameter } from './errors.ts';
import type { Tree } from './form.ts';
import { PARAMETER_TABLE } from './parameter-table.ts';

interface Unused {
  readonly name: string;
  readonly path: readonly string[];
  readonly why: string | undefined;
}

type Members = Readonly<Record<string, Tree>>;

const byOperation = once(() => {
  const found = new Map<string, Unused[]>();
  for (const { operations, names, why } of PARAMETER_TABLE) {
    const unused = names.split(' ').map((name): Unused => ({ name, path: name.match(/\w+/g) ?? [], why }));
    for (const operation of operations.split(',')) found.set(operation, [...(found.get(operation) ?? []), ...unused]);
  }
  return found;
});

/** What an operation is given, without what changes nothing. @throws 400 with the reason for what is refused */
export function withoutUnused(
  { method, path }: { readonly method: string; readonly path: string },
  given: Readonly<Record<string, Tree>>,
): Readonly<Record<string, Tree>> {
  let rest = given;
  for (const { name, path: at, why } of byOperation().get(`${method} ${path}`) ?? []) {
    const without = omitted(rest, at) as Members;
    if (without !== rest && why !== undefined) throw invalidParameter(why, { param: name });
    rest = without;
  }
  return rest;
}

/** The value without the member at the path, in each element of a list; the value itself where there is none. */
function omitted(value: Tree, [name, ...inner]: readonly string[]): Tree {
  if (Array.isArray(value)) {
    const elements: readonly Tree[] = value;
    const each = elements.map((element) => omitted(element, [name!, ...inner]));
    return each.some((element, index) => element !== elements[index]) ? each : value;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name!)) return value;
  const { [name!]: member, ...others } = value as Members;
  if (inner.length === 0) return others;
  const after = omitted(member!, inner);
  return after === member ? value : { ...value, [name!]: after };
}
