/**
 * `expand[]`: which members of which object name another object, and putting those objects in their place. What may be expanded is
 * judged before anything is carried out (https://docs.stripe.com/api/expanding_objects).
 */
import { invalidParameter, redacted } from './errors.ts';
import { EMPTY, EXPANDABLE, INSIDE, LISTS, LOADED_BY_OWNER, UNIONS } from './expandable.ts';
import type { Caller, Loaders, Returned } from './operation.ts';
import { wasExpandable } from './versions/as-of.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  pi: 'payment_intent',
  ch: 'charge',
  re: 'refund',
  po: 'payout',
  du: 'dispute',
  txn: 'balance_transaction',
  cus: 'customer',
  pm: 'payment_method',
  prv: 'review',
};

/** `data` of a list is one of them (docs.stripe.com/api/expanding_objects). */
const MAXIMUM_LEVELS = 4;
const MAXIMUM_PATHS = 20;

/** @throws 400 for a path that cannot be expanded on what the operation returns in this version */
export function assertExpandable(paths: readonly string[], returns: Returned | undefined, version: string): void {
  if (paths.length > MAXIMUM_PATHS)
    throw invalidParameter(`You can expand at most ${MAXIMUM_PATHS} properties at once.`);
  for (const path of paths) {
    const segments = path.split('.');
    const rest = returns?.list ? segments.slice(1) : segments;
    const onList = !returns?.list || segments[0] === 'data';
    const isKnown = (object: string): boolean => (returns?.empty && rest.length > 0) || known([object], rest, version);
    if (returns && onList && segments.length <= MAXIMUM_LEVELS && isKnown(returns.object)) continue;
    const hint =
      returns?.list && known([returns.object], segments, version)
        ? ` You may want to try expanding 'data.${path}' instead.`
        : '';
    throw invalidParameter(`This property cannot be expanded (${redacted(path)}).${hint}`);
  }
}

/** Object names of a member that holds one of this kind. */
const mayBe = (target: string): readonly string[] => UNIONS[target] ?? [target];

/** Whether the segments lead from one of the objects to what can be expanded. Below a member that is always empty here, every name does. */
function known(objects: readonly string[], segments: readonly string[], version: string): boolean {
  const [member, ...rest] = segments;
  if (member === undefined) return true;
  // Inside an expanded list, `data` is the step from the list to its members.
  const listed = objects.flatMap((object) => LISTS[object] ?? []);
  if (member === 'data' && listed.length > 0) return known(listed.flatMap(mayBe), rest, version);
  return objects.some((object) => {
    const members = EXPANDABLE[object];
    if (!members || !Object.hasOwn(members, member)) return wasExpandable(object, member, version);
    const target = members[member];
    if (target === INSIDE) return rest.length > 0 && known([`${object}.${member}`], rest, version);
    if (typeof target === 'string') return known(mayBe(target), rest, version);
    return target === null || rest.length === 0 || (target === EMPTY && rest[0] === 'data');
  });
}

/** `body` with what the paths name put in place of ids. What cannot be found stays an id. */
export async function expand(
  body: object,
  paths: readonly string[],
  loaders: Loaders,
  caller: Caller,
): Promise<object> {
  if (paths.length === 0) return body;
  const cache = new Map<string, Promise<object | undefined>>();
  const load: Load = (name, id, of) => {
    const key = `${name} ${id}`;
    const loading = cache.get(key) ?? loaders[name]?.(caller, id, of) ?? Promise.resolve(undefined);
    cache.set(key, loading);
    return loading;
  };
  let expanded = body;
  for (const path of paths) expanded = await expandPath(expanded, path.split('.'), load);
  return expanded;
}

type Load = (name: string, id: string, of: { readonly id?: string }) => Promise<object | undefined>;

async function expandPath(value: unknown, segments: readonly string[], load: Load, inside?: string): Promise<object> {
  const object = value as Record<string, unknown> & { object?: string; id?: string };
  const [member, ...rest] = segments;
  if (member === undefined) return object;
  if (Array.isArray(value)) return Promise.all(value.map((entry) => expandPath(entry, segments, load, inside)));
  if (member === 'data' && Array.isArray(object.data)) {
    const data = object.data as readonly unknown[];
    return { ...object, data: await Promise.all(data.map((entry) => expandPath(entry, rest, load))) };
  }
  const name = inside ?? object.object ?? '';
  // A path may name members that another object of a union has: they are passed by, and so is what only looks like an object (metadata).
  if (!Object.hasOwn(EXPANDABLE[name] ?? {}, member)) return object;
  const current = object[member];
  const found =
    typeof current === 'object' && current !== null ? current : await loadMember(name, object, member, load);
  const within = EXPANDABLE[name]?.[member] === INSIDE ? `${name}.${member}` : undefined;
  return found === undefined ? object : { ...object, [member]: await expandPath(found, rest, load, within) };
}

async function loadMember(
  name: string,
  object: Record<string, unknown> & { id?: string },
  member: string,
  load: Load,
): Promise<object | undefined> {
  const target = EXPANDABLE[name]?.[member];
  if (typeof target === 'string' && LOADED_BY_OWNER.has(target)) return load(target, String(object.id), object);
  if (target === EMPTY)
    return { object: 'list', data: [], has_more: false, url: `/v1/${name}s/${String(object.id)}/${member}` };
  if (typeof target === 'object' && target !== null) return target.is;
  const id = object[member];
  if (typeof target !== 'string' || typeof id !== 'string') return undefined;
  const kind = target === 'source' ? PREFIXES[id.split('_', 1)[0]!] : target;
  return kind === undefined ? undefined : load(kind, id, object);
}
