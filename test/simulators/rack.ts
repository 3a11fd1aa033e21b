/**
 * Rack's reading of nested parameters, member by member as its source has it: what Stripe's API reads forms with
 * (https://github.com/rack/rack/blob/main/lib/rack/query_parser.rb, `_normalize_params`). One difference: a value never replaces an
 * array or an object, which Rack lets it.
 */
type Params = { [name: string]: Value };
type Value = string | Value[] | Params;

const isHash = (value: Value | undefined): value is Params => typeof value === 'object' && !Array.isArray(value);

/** @throws TypeError for a name that is used both as a value, an array or an object */
export function rackForm(text: string): Params {
  const params: Params = Object.create(null) as Params;
  for (const pair of text === '' ? [] : text.split('&')) {
    const [name, value] = pair.split('=') as [string, string];
    normalize(params, name, value, 0);
  }
  return params;
}

/** How the name at this depth begins, and what follows it. */
function headOf(name: string, depth: number): readonly [key: string, after: string] {
  if (depth === 0) {
    const start = name.indexOf('[', 1);
    return start < 0 ? [name, ''] : [name.slice(0, start), name.slice(start)];
  }
  if (name.startsWith('[]')) return ['[]', name.slice(2)];
  const end = name.startsWith('[') ? name.indexOf(']', 1) : -1;
  return end < 0 ? [name, ''] : [name.slice(1, end), name.slice(end + 1)];
}

function normalize(params: Params, name: string, value: string, depth: number): Value {
  const [key, after] = headOf(name, depth);
  if (after === '') {
    if (key === '[]' && depth > 0) return [value];
    if (typeof params[key] === 'object') throw new TypeError(`expected String for ${key}`);
    params[key] = value;
    return params;
  }
  if (!after.startsWith('[]')) {
    params[key] ??= Object.create(null) as Params;
    const inside = params[key];
    if (!isHash(inside)) throw new TypeError(`expected Hash for ${key}`);
    params[key] = normalize(inside, after, value, depth + 1);
    return params;
  }
  params[key] ??= [];
  const list = params[key];
  if (!Array.isArray(list)) throw new TypeError(`expected Array for ${key}`);
  if (after === '[]') {
    list.push(value);
    return params;
  }
  const child = /^\[\]\[([^[\]]+)\]$/.exec(after)?.[1] ?? after.slice(2);
  const last = list.at(-1);
  if (isHash(last) && !hasKey(last, child)) normalize(last, child, value, depth + 1);
  else list.push(normalize(Object.create(null) as Params, child, value, depth + 1));
  return params;
}

function hasKey(hash: Params, key: string): boolean {
  if (key.includes('[]')) return false;
  let found: Value | undefined = hash;
  for (const part of key.split(/[[\]]+/).filter((each) => each !== '')) found = isHash(found) ? found[part] : undefined;
  return found !== undefined;
}
