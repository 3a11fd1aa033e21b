/**
 * Bodies and queries as the Stripe SDKs send them: `a[b]=1`, `a[0]=x`, `a[]=x`, `a[0][b]=1`, in any order, brackets escaped or not;
 * or JSON. What comes out are plain trees of strings (from a form) or JSON values, for a schema to judge.
 */
import { hasHalfPair } from '../kernel/characters.ts';
import { ApiError, invalidParameter } from './errors.ts';

export type Tree = string | number | boolean | null | Tree[] | { [name: string]: Tree };

/** More than any request of ours has. */
const MAXIMUM_MEMBERS = 1_000;
const MAXIMUM_DEPTH = 8;

const malformed = (): Error => invalidParameter('Invalid request: the parameters are not well-formed.');
/** As a name of a member it sets an object's prototype, and is lost. */
const PROTOTYPE = '__proto__';
const prototypeName = (): Error => invalidParameter(`Invalid request: a parameter cannot be named ${PROTOTYPE}.`);
const notUnicode = (): Error => invalidParameter('Invalid request: the body is not valid Unicode.');
const tooMany = (): Error => invalidParameter(`Invalid request: more than ${MAXIMUM_MEMBERS} parameters.`);

/** The parameters of a form body or query string. @throws 400 for broken escapes, invalid UTF-8, too many or too deep parameters, or one name used both as a value and as an object. */
export function decodeForm(text: string): { [name: string]: Tree } {
  const root = newNode();
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

/** The members of one name. Elements written `[]` have names that no client can write: `[0]`, `[1]`, by their place. */
interface Node {
  readonly members: Map<string, Node | string>;
  /** The place of the next element written `[]`: behind every element so far, also those with an index of their own. */
  next: number;
  /** The name of the last element written `[]`. */
  last?: string;
}

const newNode = (): Node => ({ members: new Map(), next: 0 });

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
  if (segments.includes(PROTOTYPE)) throw prototypeName();
  return segments;
}

function place(root: Node, segments: readonly string[], value: string): void {
  let node = root;
  for (const [index, segment] of segments.entries()) {
    const name = segment === '' && index > 0 ? elementFor(node, segments.slice(index + 1)) : segment;
    if (INDEX.test(name)) node.next = Math.max(node.next, Number(name) + 1);
    if (index === segments.length - 1) {
      if (typeof node.members.get(name) === 'object') throw malformed();
      node.members.set(name, value);
      return;
    }
    const child = node.members.get(name) ?? newNode();
    if (typeof child === 'string') throw malformed();
    node.members.set(name, child);
    node = child;
  }
}

/**
 * The element that `[]` stands for, as Rack reads it: `a[][b]=1&a[][c]=2` stays on one element until a member repeats
 * (https://github.com/rack/rack/blob/main/lib/rack/query_parser.rb). A list among an element's members never
 * begins the next element.
 */
function elementFor(node: Node, rest: readonly string[]): string {
  const last = node.members.get(node.last ?? '');
  const continues = rest[0] !== '' && typeof last === 'object' && last.last === undefined && !holds(last, rest);
  if (!continues) {
    node.last = `[${node.next}]`;
    node.next += 1;
  }
  return node.last!;
}

/** Whether the whole path is there already: an empty one is, one with a list in it never, because no member is named ``. */
function holds(element: Node, path: readonly string[]): boolean {
  let found: Node | string | undefined = element;
  for (const name of path) found = typeof found === 'object' ? found.members.get(name) : undefined;
  return found !== undefined;
}

function objectOf({ members }: Node): { [name: string]: Tree } {
  const object: { [name: string]: Tree } = Object.create(null) as { [name: string]: Tree };
  for (const [name, child] of members) object[name] = treeOf(child, name);
  return object;
}

const INDEX = /^(0|[1-9][0-9]{0,3})$/;

/**
 * A node with elements written `[]`, or whose names are all indexes, is an array in the order of its places. Metadata alone has names of the
 * merchant's own, e.g. `metadata[6735]`. @throws 400 for a name used both as an array and as an object
 */
function treeOf(node: Node | string, ownName: string): Tree {
  if (typeof node === 'string') return node;
  const places = [...node.members].map(([name, child]) => ({ name, child, place: placeOf(name) }));
  const isArray = node.last !== undefined || (ownName !== 'metadata' && places.every(({ name }) => INDEX.test(name)));
  if (!isArray) return objectOf(node);
  if (places.some(({ place: at }) => Number.isNaN(at))) throw malformed();
  return places.sort((a, b) => a.place - b.place).map(({ name, child }) => treeOf(child, name));
}

/** The place that a name has in an array: that of an index, or of an element written `[]`. */
const placeOf = (name: string): number => {
  if (INDEX.test(name)) return Number(name);
  return name.startsWith('[') ? Number(name.slice(1, -1)) : Number.NaN;
};

/**
 * The members of a JSON body; `null` takes something away, as an empty value in a form does.
 * @throws 400 for anything but an object of a sane size and depth, and for half a surrogate pair
 */
export function decodeJson(text: string): { [name: string]: Tree } {
  let value: unknown;
  try {
    value = JSON.parse(text, (name, member: unknown) => {
      if (name === PROTOTYPE) throw prototypeName();
      if (hasHalfPair(name) || (typeof member === 'string' && hasHalfPair(member))) throw notUnicode();
      return member === null ? '' : member;
    });
  } catch (error) {
    if (error instanceof ApiError) throw error;
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
