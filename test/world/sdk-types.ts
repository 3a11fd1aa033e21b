/**
 * The SDK's declarations, read as text: which members an interface has, and which parameters an operation takes. The declarations are
 * generated, so each member, interface and namespace begins on a line of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = 'node_modules/stripe/cjs';
export const RESOURCES = join(ROOT, 'resources');

export interface Member {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
}

interface Space {
  readonly parent: Space | undefined;
  readonly spaces: Map<string, Space>;
  readonly interfaces: Map<string, { readonly members: Member[]; readonly parents: readonly string[] }>;
  readonly aliases: Map<string, string>;
}

const newSpace = (parent?: Space): Space => ({ parent, spaces: new Map(), interfaces: new Map(), aliases: new Map() });

function parsed(text: string): Space {
  const file = newSpace();
  let space = file;
  let members: Member[] | undefined;
  let skipped = 0;
  const lines = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\n\s*\|/g, ' |')
    .replaceAll(/\{\s*\[key: string\]: ([^;{}]+);\s*\}/g, 'Record<$1>')
    .split('\n');
  for (const line of lines) {
    if (skipped > 0 || /^\s*(?:export )?(?:declare )?class /.test(line)) {
      skipped += (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0);
      continue;
    }
    const [, namespace] = /^\s*(?:export )?(?:declare )?namespace (\w+) \{/.exec(line) ?? [];
    const [, name, parents] = /^\s*(?:export )?(?:declare )?interface (\w+)(?: extends (.+?))? \{/.exec(line) ?? [];
    const [, alias, target] = /^\s*(?:export )?(?:declare )?type (\w+) = (.+);/.exec(line) ?? [];
    const [, member, optional, type] = /^\s*(?:readonly )?'?([\w-]+)'?(\??): (.+);/.exec(line) ?? [];
    if (namespace !== undefined) {
      const inner = space.spaces.get(namespace) ?? newSpace(space);
      space.spaces.set(namespace, inner);
      space = inner;
    } else if (name !== undefined) {
      members = [];
      space.interfaces.set(name, { members, parents: parents?.split(', ') ?? [] });
      if (line.trimEnd().endsWith('}')) members = undefined;
    } else if (alias !== undefined) space.aliases.set(alias, target!);
    else if (members && member !== undefined) members.push({ name: member, optional: optional === '?', type: type! });
    else if (/^\s*\}/.test(line)) {
      if (members) members = undefined;
      else space = space.parent ?? file;
    }
  }
  return file;
}

export interface Typed {
  readonly members: readonly Member[];
  /** Where the names in the members' types are found. */
  readonly space: Space;
}

function lookUp(name: string, from: Space): Typed | string | undefined {
  const path = name.split('.');
  for (let space: Space | undefined = from; space; space = space.parent) {
    const holder = path.slice(0, -1).reduce<Space | undefined>((inner, step) => inner?.spaces.get(step), space);
    const found = holder?.interfaces.get(path.at(-1)!);
    if (holder && found) {
      const inherited = found.parents.flatMap((parent) => {
        const typed = typeOf(parent, space);
        return typeof typed === 'object' ? typed.members : [];
      });
      return { members: [...inherited, ...found.members], space: holder };
    }
    const alias = holder?.aliases.get(path.at(-1)!);
    if (alias !== undefined) return alias;
  }
  return undefined;
}

const shared = parsed(readFileSync(join(ROOT, 'shared.d.ts'), 'utf8'));

/** The interface that a type names, alone or in a list, or nothing for a scalar. Of a record of interfaces, one with the member `*`. */
export function typeOf(type: string, space: Space): Typed | undefined {
  for (const part of type.split(' | ')) {
    const [, value] = /^Record<(.*)>$/.exec(part.trim()) ?? [];
    if (value !== undefined && typeOf(value, space))
      return { members: [{ name: '*', optional: true, type: value }], space };
    const name = part.trim().replace(/^(?:Array|Emptyable)<(.*)>$/, '$1');
    if (name !== part.trim()) {
      const inner = typeOf(name, space);
      if (inner) return inner;
      continue;
    }
    const found = lookUp(name, space) ?? lookUp(name, shared);
    if (typeof found === 'string') {
      const aliased = typeOf(found, space);
      if (aliased) return aliased;
    } else if (found) return found;
  }
  return undefined;
}

/** What a name stands for where it is the alias of a union, or undefined. */
export function aliasOf(name: string, space: Space): string | undefined {
  const found = lookUp(name, space) ?? lookUp(name, shared);
  return typeof found === 'string' ? found : undefined;
}

export interface SdkOperation {
  readonly method: string;
  /** With `{}` for each parameter of the path. */
  readonly path: string;
  readonly params: Typed;
}

/** The declarations of one file of resources, e.g. `Checkout/Sessions`. */
export const declarationsOf = (file: string): Space =>
  parsed(readFileSync(join(ROOT, 'resources', `${file}.d.ts`), 'utf8'));

/** The interfaces of a space itself, by name: not those of the spaces in it. */
export const interfacesOf = (space: Space): readonly (readonly [string, Typed])[] =>
  [...space.interfaces].map(([name, { members }]) => [name, { members, space }] as const);

/** Each operation of `/v1` that the SDK has. */
export function sdkOperations(): readonly SdkOperation[] {
  const found: SdkOperation[] = [];
  for (const name of readdirSync(join(ROOT, 'resources'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts') || name.startsWith('V2')) continue;
    const types = readFileSync(join(ROOT, 'resources', name), 'utf8');
    const code = readFileSync(join(ROOT, 'resources', name.replace('.d.ts', '.js')), 'utf8');
    const space = parsed(types);
    const requests = code.matchAll(
      /\n {4}(\w+)\([^)]*\) \{\s+return this\._makeRequest\('(\w+)', ['`](\/v1\/[^'`]+)['`]/g,
    );
    for (const [, operation, method, path] of requests) {
      const [, params] = new RegExp(`^ {4}${operation}\\(.*?params\\??: ([\\w.]+)`, 'm').exec(types) ?? [];
      const typed = params === undefined ? undefined : typeOf(params, space);
      if (typed) found.push({ method: method!, path: path!.replaceAll(/\$\{[^}]+\}/g, '{}'), params: typed });
    }
  }
  return found;
}
