/** The versions that Stripe has published, and what each changed in served objects. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API_VERSION, versionOf } from '../../../functions/api/api-version.ts';
import { assertExpandable } from '../../../functions/api/expand.ts';
import { asOf, withNewestNames } from '../../../functions/api/versions/as-of.ts';
import { VERSION_CHANGES } from '../../../functions/api/versions/changes.ts';
import { isPublished, PUBLISHED_VERSIONS, precedes } from '../../../functions/api/versions/published.ts';

describe('the list of versions', () => {
  it('is that of the SDK’s types, oldest first, and ends with ours', () => {
    const types = readFileSync('node_modules/stripe/cjs/resources/WebhookEndpoints.d.ts', 'utf8');
    const [, union = ''] = /type ApiVersion = (.*?);/.exec(types) ?? [];
    const declared = [...union.matchAll(/'([^']+)'/g)].map(([, version]) => version!);

    expect(PUBLISHED_VERSIONS).toEqual(declared);
    expect(PUBLISHED_VERSIONS.toSorted()).toEqual(PUBLISHED_VERSIONS);
    expect(PUBLISHED_VERSIONS.at(-1)).toBe(API_VERSION);
    expect(PUBLISHED_VERSIONS.length).toBeGreaterThan(120);
  });

  it.each(['2022-11-15', '2024-06-20', '2025-03-31.basil', '2025-09-30.preview', '2011-01-01', API_VERSION])(
    'has %s',
    (version) => {
      expect(isPublished(version)).toBe(true);
      expect(versionOf(version)).toBe(version);
    },
  );

  it.each([
    '2024-04-11',
    '2025-03-31',
    '2025-03-31.acacia',
    '2024-06-20.preview',
    '2025-03-01.preview',
    '2025-09-30.preview2',
    '2026-10-28',
    'latest',
    '2022-11-15; beta=v1',
    'constructor',
  ])('does not have %s, which is refused', (version) => {
    expect(isPublished(version)).toBe(false);
    expect(() => versionOf(version)).toThrow(`Invalid Stripe API version: ${version}`);
  });

  it('knows which version precedes a date', () => {
    expect(precedes('2025-02-24.acacia', '2025-03-31')).toBe(true);
    expect(precedes('2025-03-01.dashboard', '2025-03-31')).toBe(true);
    expect(precedes('2025-03-31.basil', '2025-03-31')).toBe(false);
    expect(precedes('2026-10-28.endive', '2025-03-31')).toBe(false);
  });
});

describe('an object as of a version', () => {
  const session = { object: 'checkout.session', ui_mode: 'hosted_page', collected_information: null };
  const product = { object: 'product', id: 'prod_1', marketing_features: [] };

  it.each([
    ['2026-03-25.dahlia', session],
    ['2026-02-25.clover', { ...session, ui_mode: 'hosted' }],
    ['2025-03-31.basil', { ...session, ui_mode: 'hosted' }],
    ['2025-02-24.acacia', { ...session, ui_mode: 'hosted', shipping_details: null }],
    ['2011-01-01', { ...session, ui_mode: 'hosted', shipping_details: null }],
  ])('a Checkout Session in %s', (version, expected) => {
    expect(asOf(session, version)).toEqual(expected);
  });

  it('a Checkout Session of another mode, or with an address', () => {
    const modes = ['embedded_page', 'elements', 'form'].map((mode) =>
      asOf({ ...session, ui_mode: mode }, '2025-09-30.clover'),
    );
    const shipped = asOf({ ...session, collected_information: { shipping_details: { name: 'Ada' } } }, '2024-06-20');

    expect(modes.map(({ ui_mode }) => ui_mode)).toEqual(['embedded', 'custom', 'form']);
    expect(shipped).toMatchObject({ shipping_details: { name: 'Ada' } });
  });

  it('a preview is as its release', () => {
    expect(asOf(session, '2026-02-25.preview')).toEqual({ ...session, ui_mode: 'hosted' });
    expect(asOf(session, '2026-03-25.preview')).toEqual(session);
  });

  it.each(['payment_intent', 'charge'])('a %s has an invoice before 2025-03-31', (object) => {
    expect(asOf({ object, id: 'x' }, '2025-03-31.basil')).toEqual({ object, id: 'x' });
    expect(asOf({ object, id: 'x' }, '2025-02-24.acacia')).toEqual({ object, id: 'x', invoice: null });
  });

  it('a charge has a destination and refunds before 2023-08-16, and its dispute in every version', () => {
    const charge = { object: 'charge', id: 'ch_1', dispute: 'du_1' };
    const refunds = { object: 'list', data: [] };

    expect(asOf(charge, API_VERSION)).toEqual(charge);
    expect(asOf(charge, '2023-08-16')).toEqual({ ...charge, invoice: null });
    expect(asOf(charge, '2022-11-15')).toEqual({ ...charge, invoice: null, destination: null, refunds: null });
    expect(asOf({ ...charge, refunds }, '2022-11-15')).toMatchObject({ refunds });
  });

  it('a product has attributes before 2023-08-16, unless it is deleted', () => {
    const deleted = { object: 'product', id: 'prod_1', deleted: true };

    expect(asOf(product, '2023-08-16')).not.toHaveProperty('attributes');
    expect(asOf(product, '2022-11-15')).toEqual({ object: 'product', id: 'prod_1', features: [], attributes: [] });
    expect(asOf(deleted, '2022-11-15')).toEqual(deleted);
  });

  it('a product has features before 2024-04-10', () => {
    expect(asOf(product, '2024-04-10')).toEqual(product);
    expect(asOf(product, '2023-10-16')).toEqual({ object: 'product', id: 'prod_1', features: [] });
    expect(asOf({ object: 'product', id: 'prod_1' }, '2023-10-16')).toEqual({ object: 'product', id: 'prod_1' });
  });

  it('is changed in lists, in other objects and in errors', () => {
    const charge = { object: 'charge', id: 'ch_1' };
    const intent = { object: 'payment_intent', latest_charge: charge };

    expect(asOf({ object: 'list', data: [intent] }, '2024-06-20')).toEqual({
      object: 'list',
      data: [{ object: 'payment_intent', latest_charge: { ...charge, invoice: null }, invoice: null }],
    });
    expect(asOf({ error: { payment_intent: intent } }, '2024-06-20')).toMatchObject({
      error: { payment_intent: { invoice: null } },
    });
  });

  it('is left alone in an event, which has its own version, and in metadata, whose names are the merchant’s', () => {
    const event = { object: 'event', api_version: API_VERSION, data: { object: session } };
    const customer = { object: 'customer', metadata: { object: 'charge' } };

    expect(asOf({ object: 'list', data: [event] }, '2022-11-15')).toEqual({ object: 'list', data: [event] });
    expect(asOf(customer, '2022-11-15')).toEqual(customer);
  });

  it('keeps amounts that no number holds', () => {
    expect(asOf({ object: 'charge', amount: 999_999_999_999n }, '2022-11-15')).toMatchObject({
      amount: 999_999_999_999n,
    });
  });
});

describe('expansions of members that only earlier versions have', () => {
  /** Members that hold no id. */
  const WHOLE = ['shipping_details', 'features', 'attributes', 'refunds'];
  const samples = VERSION_CHANGES.flatMap((change) => change.objects.map((object) => [object, change] as const));

  it.each(samples)('%s: a change names each of them', (object, { before, expandable = [] }) => {
    const newest = { object, ui_mode: 'hosted_page', marketing_features: [] };
    const added = Object.keys(before(newest)).filter((member) => !Object.hasOwn(newest, member));

    expect(added.filter((member) => !WHOLE.includes(member))).toEqual([...expandable]);
  });

  it.each(['payment_intent', 'charge'])(
    '%s.invoice is taken before 2025-03-31 alone, also in lists and objects',
    (object) => {
      const refused = 'This property cannot be expanded';
      for (const version of ['2022-11-15', '2025-02-24.acacia', '2011-01-01']) {
        expect(() => assertExpandable(['invoice'], { object }, version)).not.toThrow();
        expect(() => assertExpandable(['data.invoice'], { object, list: true }, version)).not.toThrow();
        expect(() => assertExpandable(['invoice'], { object, list: true }, version)).toThrow(
          "expanding 'data.invoice'",
        );
        expect(() => assertExpandable(['invoice.subscription'], { object }, version)).not.toThrow();
        expect(() => assertExpandable(['data.invoice.subscription'], { object, list: true }, version)).not.toThrow();
        expect(() => assertExpandable([`${object}.invoice`], { object: 'refund' }, version)).not.toThrow();
        expect(() => assertExpandable(['invoice'], { object: 'refund' }, version)).toThrow(refused);
      }
      for (const version of ['2025-03-31.basil', API_VERSION])
        expect(() => assertExpandable(['invoice'], { object }, version)).toThrow(refused);
    },
  );
});

it('the destination of a charge is expanded before 2023-08-16 alone, and its dispute in every version', () => {
  const expanding = (path: string, version: string) => () => assertExpandable([path], { object: 'charge' }, version);

  expect(expanding('destination.settings', '2022-11-15')).not.toThrow();
  expect(expanding('destination', '2023-08-16')).toThrow('This property cannot be expanded (destination)');
  for (const version of ['2022-11-15', '2023-08-16', API_VERSION])
    expect(expanding('dispute.charge', version)).not.toThrow();
});

describe('a parameter that was named otherwise', () => {
  const create = { method: 'POST', path: '/v1/products' };

  it('has its newest name after that, unless both are given', () => {
    expect(withNewestNames(create, { name: 'Tea', features: 'x' }, '2023-10-16')).toEqual({
      name: 'Tea',
      marketing_features: 'x',
    });
    const same = [
      withNewestNames(create, { features: 'x' }, '2024-04-10'),
      withNewestNames({ ...create, path: '/v1/prices' }, { features: 'x' }, '2023-10-16'),
    ];
    expect(same).toEqual([{ features: 'x' }, { features: 'x' }]);
    const both = { features: 'x', marketing_features: 'y' };
    expect(withNewestNames(create, both, '2023-10-16')).toEqual(both);
  });
});

it('changes are listed newest first, each with the date of a published version after 2022-11-15', () => {
  const dates = VERSION_CHANGES.map(({ since }) => since);

  expect(dates.toSorted().reverse()).toEqual(dates);
  for (const date of dates) {
    expect(date > '2022-11-15').toBe(true);
    expect(PUBLISHED_VERSIONS.some((version) => version.startsWith(date))).toBe(true);
  }
});

it('docs/api.md lists every change with the version that brought it', () => {
  const page = readFileSync('docs/api.md', 'utf8');
  const section = page.slice(page.indexOf('### API versions'), page.indexOf('### Test mode'));

  expect(section.match(/^\| `20\d\d-\d\d-\d\d/gm)).toEqual(VERSION_CHANGES.map(({ since }) => `| \`${since}`));
});
