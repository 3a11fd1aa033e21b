/**
 * Every parameter of the SDK's types, at every depth, and of earlier SDKs, sent to each served operation by itself: it is accepted, or refused
 * with a reason, and never as unknown. A name that Stripe does not have is unknown at each of these places.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../world/api.ts';
import { type App, startApp } from '../world/app.ts';
import { EARLIER_PARAMETERS } from '../world/earlier-parameters.ts';
import { rawOf, type Told } from '../world/raw-requests.ts';
import { type Member, sdkOperations, type Typed, typeOf } from '../world/sdk-types.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

/** Types refer to themselves (a condition holds conditions): no parameter is nested so deep. */
const DEEPEST = 8;

const within = (outer: string, name: string): string => (outer === '' ? name : `${outer}[${name}]`);
/** Names of a record's members: an amount by currency, or anything else. */
const named = (name: string, outer: string): string =>
  name !== '*' ? name : outer.includes('currency_options') ? 'eur' : 'any';

interface Named {
  readonly name: string;
  /** It has members of its own. */
  readonly outer: boolean;
}

/** The names of parameters as a form has them, outer ones first. A list has one member. */
function namesOf({ members, space }: Typed, outer = '', depth = 1): readonly Named[] {
  return members.flatMap(({ name, type }: Member): readonly Named[] => {
    if (outer === '' && name === 'expand') return [];
    const own = within(outer, named(name, outer));
    const at = type.includes('Array<') ? `${own}[0]` : own;
    const inner = type.startsWith('MetadataParam') || depth === DEEPEST ? undefined : typeOf(type, space);
    return inner ? [{ name: at, outer: true }, ...namesOf(inner, at, depth + 1)] : [{ name: at, outer: false }];
  });
}

const sdk = new Map(sdkOperations().map(({ method, path, params }) => [`${method} ${path}`, params]));
const compared = operations.flatMap(({ method, path, refuses }) => {
  // Nothing is sent with a deletion.
  const isRead = refuses === undefined && method !== 'DELETE';
  const typed = isRead ? sdk.get(`${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`) : undefined;
  return typed ? [[`${method} ${path}`, namesOf(typed)] as const] : [];
});

/** What an operation answers to one parameter. Its object is not there, which an operation says after it has read the parameters. */
async function sent(operation: string, name: string): Promise<Told> {
  const { get, post } = rawOf(app);
  const [method, path] = operation.replaceAll(/\{\w+\}/g, 'none').split(' ') as [string, string];
  const body = `${encodeURIComponent(name)}=x`;
  return method === 'POST' ? post(path, body) : get(`${path}?${body}`);
}

/** Places of which a name that Stripe does not have is unknown: also there the request is read. */
const places: string[] = [];

describe.each(compared)('%s', (operation, names) => {
  it('knows every parameter of the SDK that is sent to it, and no other', async () => {
    const unknown: string[] = [];
    for (const { name, outer } of names)
      if (!outer && (await sent(operation, name)).code === 'parameter_unknown') unknown.push(name);
    const outer = names.filter((each) => each.outer && !each.name.includes('payment_method_options'));
    for (const name of ['', ...outer.map((each) => each.name)])
      if ((await sent(operation, within(name, 'nonsense'))).code === 'parameter_unknown')
        places.push(`${operation} ${name}`);

    expect(unknown).toEqual([]);
    expect(places).toContain(`${operation} `);
  });
});

describe.each([...EARLIER_PARAMETERS])('%s', (operation, names) => {
  it('knows every parameter that earlier SDKs sent to it', async () => {
    const inLists = names.map((name) => name.replace('line_items[', 'line_items[0]['));
    const unknown: string[] = [];
    for (const name of inLists) if ((await sent(operation, name)).code === 'parameter_unknown') unknown.push(name);

    expect(unknown).toEqual([]);
  });
});

it('concerns most operations, and parameters at every depth', () => {
  const all = compared.flatMap(([operation, names]) => names.map(({ name }) => `${operation} ${name}`));

  expect(compared.length).toBeGreaterThan(100);
  expect(all.length).toBeGreaterThan(4_000);
  expect(all).toEqual(
    expect.arrayContaining([
      'POST /v1/payment_intents payment_method_options[card][mandate_options][reference]',
      'POST /v1/checkout/sessions line_items[0][price_data][product_data][name]',
      'POST /v1/prices currency_options[eur][tiers][0][up_to]',
    ]),
  );
  expect(places).toEqual(
    expect.arrayContaining([
      'POST /v1/payment_intents payment_method_data[billing_details][address]',
      'POST /v1/checkout/sessions line_items[0][price_data][product_data]',
      'POST /v1/prices currency_options[eur]',
      'POST /v1/disputes/{id} evidence',
    ]),
  );
});
