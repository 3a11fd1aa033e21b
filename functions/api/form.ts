/**
 * Bodies and queries as the Stripe SDKs send them: `a[b]=1`, `a[0]=x`, `a[]=x`, `a[0][b]=1`, in any order, brackets escaped or not;
 * or JSON. What comes out are plain trees of strings (from a form) or JSON values, for a schema to judge.
 */
import { invalidParameter } from './errors.ts';

export type Tree = string | number | boolean | null | Tree[] | { [name: string]: Tree };

/** More than any request of ours has. */
const MAXIMUM_MEMBERS = 1_000;
const MAXIMUM_DEPTH = 8;

const malformed = (): Error => invalidParameter('Invalid request: the parameters are not well-formed.');
const tooMany = (): Error => invalidParameter(`Invalid request: more than ${MAXIMUM_MEMBERS} parameters.`);

/** The parameters of a form body or query string. @throws 400 for broken escapes, invalid UTF-8, too many or too deep parameters, or one name used both as a value and as an object. */
export function decodeForm(text: string): { [name: string]: Tree } {
  const root: Node = new Map();
  const pairs = text === '' ? [] : text.split('&');
  if (pairs.length > MAXIMUM_MEMBERS) throw tooMany();
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = unescaped(equals < 0 ? pair : pair.slice(0, equals));
    place(root, segmentsOf(name), equals < 0 ? '' : unescaped(pair.slice(equals + 1)));
  }
  return objectOf(root);
}

type Node = Map<string, Node | string>;

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed();
  }
}

/** `a[b][0]` as `a`, `b`, `0`; `a[]` ends in an empty segment. */
function segmentsOf(name: string): readonly string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match) throw malformed();
  const segments = [
    match[1]!,
    ...match[2]!
      .split('[')
      .slice(1)
      .map((part) => part.slice(0, -1)),
  ];
  if (segments.length > MAXIMUM_DEPTH) throw malformed();
  return segments;
}

function place(root: Node, segments: readonly string[], value: string): void {
  let node = root;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    // `a[]=x&a[]=y` counts up; `a[][b]=1&a[][c]=2` stays on one element until a member repeats, as PHP and Rack read it.
    const name = segment === '' && index > 0 ? appended(node, last, segments[index + 1]) : segment;
    if (last) {
      if (typeof node.get(name) === 'object') throw malformed();
      node.set(name, value);
      return;
    }
    const child = node.get(name) ?? new Map();
    if (typeof child === 'string') throw malformed();
    node.set(name, child);
    node = child;
  }
}

function appended(node: Node, last: boolean, nextSegment: string | undefined): string {
  const current = node.size - 1;
  const element = node.get(String(current));
  const fits =
    !last &&
    typeof element === 'object' &&
    nextSegment !== undefined &&
    nextSegment !== '' &&
    !element.has(nextSegment);
  return String(fits ? current : current + 1);
}

function objectOf(node: Node): { [name: string]: Tree } {
  const object: { [name: string]: Tree } = Object.create(null) as { [name: string]: Tree };
  for (const [name, child] of node) object[name] = treeOf(child, name);
  return object;
}

/** A node whose names are all indexes is an array, in the order of its indexes; metadata alone has names of the merchant's own, e.g. `metadata[6735]`. */
function treeOf(node: Node | string, ownName: string): Tree {
  if (typeof node === 'string') return node;
  const names = [...node.keys()];
  if (ownName === 'metadata' || !names.every((name) => /^(0|[1-9][0-9]{0,3})$/.test(name))) return objectOf(node);
  return names.sort((a, b) => Number(a) - Number(b)).map((name) => treeOf(node.get(name)!, name));
}

/** The members of a JSON body; `null` takes something away, as an empty value in a form does. @throws 400 for anything but an object of a sane size and depth. */
export function decodeJson(text: string): { [name: string]: Tree } {
  let value: unknown;
  try {
    value = JSON.parse(text, (name, member: unknown) => {
      if (name === '__proto__') throw malformed();
      return member === null ? '' : member;
    });
  } catch {
    throw invalidParameter('Invalid request: the body is not well-formed JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('Invalid request: the body must be a JSON object.');
  }
  assertSane(value);
  return value as { [name: string]: Tree };
}

/** Level by level, so that no body makes the stack grow. */
function assertSane(body: object): void {
  let count = 0;
  let level: readonly object[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAXIMUM_DEPTH) throw malformed();
    const members: unknown[] = level.flatMap((each): unknown[] => Object.values(each));
    count += members.length;
    if (count > MAXIMUM_MEMBERS) throw tooMany();
    level = members.filter((member) => typeof member === 'object' && member !== null);
  }
}

/** The same text for the same parameters, however they were ordered or encoded; without card security codes. */
export function canonical(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map(canonical).join(',')}]`;
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree === null ? '' : String(tree));
  const members = Object.entries(tree).filter(([name]) => name !== 'cvc');
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
