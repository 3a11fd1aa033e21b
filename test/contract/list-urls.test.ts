/** The `url` of every list that is served can be followed: of the lists themselves, and of those in their objects. */
import { expect, it } from 'vitest';
import { EXPANDABLE } from '../../functions/api/expandable.ts';
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import { collectionOf, objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { operations } from '../world/api.ts';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();
const ids = await objectsOf(app, app.merchant);
const { stripe } = app;

interface List {
  readonly object: 'list' | 'search_result';
  readonly data: readonly object[];
  readonly has_more: boolean;
  readonly url: string;
}
const get = <T>(path: string): Promise<T> => stripe.rawRequest('GET', path);

/** Members of an object that are lists, in it only where they are expanded. */
const LIST_TARGETS: readonly unknown[] = ['refunds', 'sources', 'line_items', 'external_accounts'];
const listsIn = (object: string): readonly string[] =>
  Object.entries(EXPANDABLE[object] ?? {})
    .filter(
      ([, target]) =>
        LIST_TARGETS.includes(target) || (typeof target === 'symbol' && target.description === 'empty list'),
    )
    .map(([member]) => member);

/** Parameters without which a list refuses. */
function neededBy(path: string): string {
  if (path === '/v1/payment_methods') return `customer=${ids.customers}`;
  if (path === '/v1/setup_attempts') return `setup_intent=${ids.agreed_setup_intents}`;
  if (path.endsWith('/search')) return /product|price/.test(path) ? 'query=active:"true"' : 'query=created>0';
  const filters = EMPTY_LISTS.find((list) => path === `/v1/${list.path}`)?.filters ?? {};
  return Object.keys(filters)
    .filter((name) => filters[name] === 'required')
    .map((name) => `${name}=x`)
    .join('&');
}

/** The lists in a value, itself among them. */
function listsOf(value: unknown): readonly List[] {
  if (typeof value !== 'object' || value === null) return [];
  const { object, url } = value as Partial<List>;
  const own = (object === 'list' || object === 'search_result') && url !== undefined ? [value as List] : [];
  return [...own, ...Object.values(value).flatMap(listsOf)];
}

const found = new Set<string>();
/** An id in an empty collection names nothing. */
const isEmpty = (path: string): boolean =>
  EMPTY_LISTS.some((list) => path.startsWith(`/v1/${list.path}/{`)) && collectionOf(path) !== 'accounts';
const reads = operations.filter(
  ({ method, path, returns }) => method === 'GET' && returns && !isEmpty(path) && !path.endsWith('/report'),
);

it.each(reads.map(({ path, returns }) => [path, returns!] as const))(
  'GET %s: the url of each list in it',
  async (path, { object, list, empty }) => {
    const within = list ? 'data.' : '';
    const expand = empty ? [] : listsIn(object).map((member) => `expand[]=${within}${member}`);
    const needed = neededBy(path);
    const real = withIds(path, ids);

    const body = await get<object>(`${real}?${[needed, ...expand].join('&')}`);
    const lists = listsOf(body);

    expect(lists.length).toBeGreaterThanOrEqual(list ? 1 : listsIn(object).length);
    for (const one of lists) {
      found.add(one.url);
      // What a list is asked for besides its path is no part of its url, as at Stripe.
      const followed = await get<List>(one === body ? `${one.url}?${[needed, ...expand].join('&')}` : one.url);
      expect(followed).toMatchObject({ object: one.object, url: one.url, has_more: one.has_more });
      expect(idsIn(followed)).toEqual(idsIn(one));
      if (one === body) expect(one.url).toBe(real);
    }
  },
);

const idsIn = ({ data }: List): readonly unknown[] => data.map((each) => (each as { id?: string }).id);

it('lists in objects are among them', () => {
  const customer = `/v1/customers/${ids.customers}`;

  expect([...found]).toEqual(
    expect.arrayContaining([
      '/v1/customers',
      `${customer}/sources`,
      `${customer}/cards`,
      `${customer}/subscriptions`,
      `${customer}/tax_ids`,
      `/v1/charges/${ids.charges}/refunds`,
      `/v1/checkout/sessions/${ids.checkout}/line_items`,
    ]),
  );
});
