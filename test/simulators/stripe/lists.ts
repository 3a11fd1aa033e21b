/** Lists of the simulator: newest first, by the time they were made, in pages. */
import { invalid } from './errors.ts';
import { type Form, formIn, textOf } from './form.ts';

interface Made {
  readonly id: string;
  readonly created: number;
}

const numberIn = (form: Form, name: string): number | undefined => {
  const text = textOf(form, name);
  return text === undefined ? undefined : Number(text);
};

/** A page of the objects in the order in which they were made, newest first. */
export function pageOf<T extends Made>(url: string, all: readonly T[], query: Form, render: (one: T) => unknown) {
  const created = formIn(query, 'created');
  const [from, until] = [numberIn(created, 'gte') ?? 0, numberIn(created, 'lte') ?? Number.POSITIVE_INFINITY];
  const limit = Math.min(Math.max(numberIn(query, 'limit') ?? 10, 1), 100);
  const newestFirst = [...all].reverse().filter((one) => one.created >= from && one.created <= until);
  const after = textOf(query, 'starting_after');
  const start = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0)
    throw invalid(`No such object: '${after}'`, { code: 'resource_missing', param: 'starting_after' });
  const data = newestFirst.slice(start, start + limit);
  return {
    object: 'list',
    data: data.map(render),
    has_more: start + limit < newestFirst.length,
    url,
  };
}

/** How far the search is behind, seconds. */
const LAG_SECONDS = 60;
const QUERY = /^metadata\['([^']+)'\]:'([^']*)'$/;

/** What the search knows by now: objects with one value of metadata. */
export function found<T extends Made & { readonly metadata: Readonly<Record<string, string>> }>(
  url: string,
  all: readonly T[],
  query: Form,
  nowSeconds: number,
  render: (one: T) => unknown,
) {
  const [, name, value] = QUERY.exec(textOf(query, 'query') ?? '') ?? [];
  if (name === undefined) throw invalid('The search query is not understood.', { param: 'query' });
  const data = all.filter(({ metadata, created }) => metadata[name] === value && created + LAG_SECONDS <= nowSeconds);
  return { object: 'search_result', data: data.map(render), has_more: false, next_page: null, url };
}
