/** Members of objects: those that the SDK's types have, and those that answers have. */
import { readdirSync } from 'node:fs';
import { declarationsOf, interfacesOf, RESOURCES, type Typed, typeOf } from './sdk-types.ts';

/** The interface of each object, by the value of its member `object`. */
export function objectTypes(): ReadonlyMap<string, Typed> {
  const found = new Map<string, Typed>();
  for (const name of readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts') || name.startsWith('V2')) continue;
    const space = declarationsOf(name.replace('.d.ts', '').split('\\').join('/'));
    for (const [own, typed] of interfacesOf(space)) {
      const object = objectOf(typed);
      if (object !== undefined && !own.startsWith('Deleted') && !found.has(object)) found.set(object, typed);
    }
  }
  return found;
}

const objectOf = ({ members }: Typed): string | undefined =>
  /^'([a-z_.]+)'$/.exec(members.find(({ name }) => name === 'object')?.type ?? '')?.[1];

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths of members by the object that has them, with those of its parts. A part that is an object itself has paths of its own. */
export function membersIn(bodies: Iterable<unknown>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const walk = (value: unknown, paths: Set<string> | undefined, outer: string): void => {
    if (Array.isArray(value)) for (const each of value) walk(each, paths, outer);
    if (!isMembers(value)) return;
    const isObject = typeof value.object === 'string';
    const own = isObject ? (found.get(value.object as string) ?? new Set<string>()) : paths;
    if (isObject) found.set(value.object as string, own!);
    for (const [name, member] of Object.entries(value)) {
      const path = isObject || outer === '' ? name : `${outer}.${name}`;
      own?.add(path);
      walk(member, own, path);
    }
  };
  for (const body of bodies) walk(body, undefined, '');
  return found;
}

/** Optional members of the type that no answer has, although one has the part that they belong to. `*` stands for the members of a record. */
export function absentMembers(typed: Typed, present: ReadonlySet<string>): readonly string[] {
  return [...new Set(absentIn(typed, present, '').map((path) => path.replaceAll(/\{[^}]*\}/g, '*')))];
}

function absentIn({ members, space }: Typed, present: ReadonlySet<string>, outer: string): readonly string[] {
  return members.flatMap(({ name, optional, type }) => {
    const inner = typeOf(type, space);
    const isPart = inner && objectOf(inner) === undefined;
    if (name === '*') return isPart ? recordIn(inner, present, outer) : [];
    const path = outer === '' ? name : `${outer}.${name}`;
    if (!present.has(path.replaceAll(/[{}]/g, ''))) return optional ? [path] : [];
    return isPart ? absentIn(inner, present, path) : [];
  });
}

/** What is absent in each member of a record, whose own name is in braces. */
function recordIn(inner: Typed, present: ReadonlySet<string>, outer: string): readonly string[] {
  const names = [...present].filter((path) => path.startsWith(`${outer}.`)).map((path) => path.slice(outer.length + 1));
  return names.filter((name) => !name.includes('.')).flatMap((name) => absentIn(inner, present, `${outer}.{${name}}`));
}
