/**
 * Paths that the SDK's types let a request expand: members that hold an id or the object in its place, lists that are in the object only when they are
 * asked for, and what of that kind is inside them.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { declarationsOf, RESOURCES, type Typed, typeOf } from './sdk-types.ts';

/** An interface, and the file whose imports name what its members are. */
interface Placed {
  readonly file: string;
  readonly name: string;
  readonly typed: Typed;
}

interface Source {
  readonly space: ReturnType<typeof declarationsOf>;
  /** Name → file that it is imported from. */
  readonly imports: ReadonlyMap<string, string>;
  readonly aliases: ReadonlyMap<string, string>;
}

const sources = new Map<string, Source>();
function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known) return known;
  const text = readFileSync(join(RESOURCES, `${file}.d.ts`), 'utf8');
  const imports = new Map<string, string>();
  for (const [, names, from] of text.matchAll(
    /^import (?:type )?(?:\* as (?=\w))?\{?([^}]*?)\}? from '(\.[^']+)\.js';/gm,
  ))
    for (const name of names!.split(',')) imports.set(name.trim().replace(/^.* as /, ''), join(dirname(file), from!));
  const aliases = new Map(
    [...text.replaceAll(/\n\s*\|/g, ' |').matchAll(/^export type (\w+) = (.+);/gm)].map(
      ([, name, of]) => [name!, of!] as const,
    ),
  );
  const source = { space: declarationsOf(file), imports, aliases };
  sources.set(file, source);
  return source;
}

const WHOLE = /^(?:Array|ApiList)<(.*)>$/;

/** The interfaces that a type names in a file, also those of other resources. */
function placed(type: string, from: Pick<Placed, 'file' | 'typed'>): readonly Placed[] {
  return type.split(' | ').flatMap((part): readonly Placed[] => {
    const name = part.trim().replace(WHOLE, '$1');
    if (name !== part.trim()) return placed(name, from);
    if (!/^[A-Z]/.test(name) || name === 'Metadata') return [];
    const own = typeOf(name, from.typed.space);
    if (own) return [{ file: from.file, name, typed: own }];
    const [head = '', ...rest] = name.split('.');
    const file = sourceOf(from.file).imports.get(head);
    if (file === undefined || file.startsWith('..')) return [];
    const source = sourceOf(file);
    const wanted = rest.length > 0 && source.imports.has(rest[0]!) ? rest.join('.') : name;
    const alias = source.aliases.get(wanted);
    const inner = { file, typed: { members: [], space: source.space } };
    if (alias !== undefined) return placed(alias, inner);
    const typed = typeOf(wanted, source.space);
    return typed ? [{ file, name: wanted, typed }] : wanted === name ? [] : placed(wanted, inner);
  });
}

const isExpandable = (type: string): boolean =>
  /^(?:Array<)?string \| [A-Z]/.test(type) && !/\| OtherString/.test(type);

/**
 * Paths of up to `levels` names from an interface, without order. Below an object of a file that `isServed` refuses there is one name more: it is
 * never here, so that one name stands for all.
 */
export function expansionsOf(
  file: string,
  name: string,
  levels: number,
  isServed: (file: string) => boolean,
): ReadonlySet<string> {
  const known = new Map<string, readonly string[]>();
  const walk = (from: Placed, left: number): readonly string[] => {
    if (left === 0) return [];
    const key = `${from.file} ${from.name} ${left} ${from.typed.members.map((member) => member.name).join()}`;
    const earlier = known.get(key);
    if (earlier) return earlier;
    const below = (member: string, each: Placed, by: number): readonly string[] =>
      walk(each, by).map((path) => `${member}.${path}`);
    const found = from.typed.members.flatMap(({ name: member, type }): readonly string[] => {
      const inner = placed(type, from);
      if (type.startsWith('ApiList<'))
        return [member, ...inner.flatMap((each) => below(`${member}.data`, each, Math.max(left - 2, 0)))];
      if (isExpandable(type))
        return [
          member,
          ...inner.flatMap((each) => below(member, each, isServed(each.file) ? left - 1 : Math.min(left - 1, 1))),
        ];
      return inner.flatMap((each) => below(member, each, left - 1));
    });
    const unique = [...new Set(found)];
    known.set(key, unique);
    return unique;
  };
  return new Set(walk({ file, name, typed: typeOf(name, declarationsOf(file))! }, levels));
}
