/** Every address that a request may name: where a payer is sent to, what a page shows, where events are sent. */
import { describe, expect, it } from 'vitest';
import openApi from '../../functions/api/openapi.json' with { type: 'json' };
import { bodySchemaOf, type Described } from '../world/api-description.ts';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
}

/** Names, as a form has them, of what holds an address. */
function addressesIn(schema: Schema, at: string): readonly string[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = at === '' ? name : `${at}[${name}]`;
    if (/(^|_)url$/.test(name) && member.type === 'string') return [path];
    return name === 'images' ? [`${path}[0]`] : addressesIn(member, path);
  });
  const elements = schema.items ? addressesIn(schema.items, `${at}[0]`) : [];
  return [...inside, ...elements, ...(schema.anyOf ?? []).flatMap((one) => addressesIn(one, at))];
}

const all = Object.entries(openApi.paths as Readonly<Record<string, { readonly post?: Described }>>).flatMap(
  ([path, { post }]) =>
    [...new Set(addressesIn((post && bodySchemaOf(post)) ?? {}, ''))].map((name) => [path, name] as const),
);
const returned = all.filter(([path]) => !path.startsWith('/v1/webhook_endpoints'));

/** What the request needs besides. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v1/payment_intents': { amount: '2000', currency: 'usd', confirm: 'true', payment_method: 'pm_card_visa' },
  '/v1/setup_intents': { confirm: 'true', payment_method: 'pm_card_visa' },
  '/v1/checkout/sessions': {
    mode: 'payment',
    success_url: 'https://shop.example/',
    'line_items[0][quantity]': '1',
    'line_items[0][price_data][currency]': 'usd',
    'line_items[0][price_data][unit_amount]': '900',
    'line_items[0][price_data][product_data][name]': 'Tea',
  },
  '/v1/products': { name: 'Tea' },
  '/v1/webhook_endpoints': { 'enabled_events[0]': '*' },
};

async function errorOf(path: string, name: string, address: string): Promise<{ code?: string; param?: string }> {
  const response = await app.fetch(path.replace('{id}', 'x'), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${app.merchant.test.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ ...NEEDED[path], [name]: address }),
  });
  return ((await response.json()) as { error?: { code?: string; param?: string } }).error ?? {};
}

it('the addresses are found', () => {
  expect(all.map(([path, name]) => `${path} ${name}`).sort()).toEqual([
    '/v1/checkout/sessions cancel_url',
    '/v1/checkout/sessions line_items[0][price_data][product_data][images][0]',
    '/v1/checkout/sessions success_url',
    '/v1/payment_intents return_url',
    '/v1/payment_intents/{id}/confirm return_url',
    '/v1/products images[0]',
    '/v1/products url',
    '/v1/products/{id} images[0]',
    '/v1/products/{id} url',
    '/v1/setup_intents return_url',
    '/v1/setup_intents/{id}/confirm return_url',
    '/v1/test_helpers/checkout/sessions/{id}/complete return_url',
    '/v1/webhook_endpoints url',
    '/v1/webhook_endpoints/{id} url',
  ]);
});

describe.each(returned)('%s %s', (path, name) => {
  it.each([
    'file:///etc/passwd',
    'FILE://host/share',
    'ftp://shop.example/a',
    'ftps://shop.example/a',
    'ws://shop.example/',
    'javascript://shop.example/%0Aalert(1)',
    'data://text/html,hello',
    'blob://shop.example/1',
    'view-source://shop.example',
    'https://user:word@shop.example/done',
    'https://user@shop.example/done',
    'https://shop.example@evil.example/',
    'https://:word@shop.example/',
    'https://@shop.example/',
    'https://:@shop.example/',
    'https://shop.example\\@evil.example/',
    'shop-app://@paid',
    '\tjavascript://shop.example',
    ' https://shop.example',
    '//shop.example/done',
    'smb://shop.example/share',
    'ldap://shop.example/',
    'chrome://settings',
    'mailto://a',
    'tel://112',
    'shop-app://user:word@paid',
    'shop.example/done',
  ])('refuses %s', async (address) => {
    expect(await errorOf(path, name, address)).toMatchObject({ code: 'url_invalid', param: name });
  });

  it.each([
    'https://shop.example/done?cart=7#top',
    'http://localhost:4010/done',
    'shop-app://paid',
    'com.shop.app://paid/here?cart=7',
    'https://shop.example/a@b',
  ])('takes %s', async (address) => {
    expect((await errorOf(path, name, address)).code).not.toBe('url_invalid');
  });
});

it.each(['file:///etc/passwd', 'ftp://shop.example/', 'https://user:word@shop.example/', 'shop-app://events'])(
  'no events are sent to %s',
  async (address) => {
    expect(await errorOf('/v1/webhook_endpoints', 'url', address)).toMatchObject({ code: 'url_invalid', param: 'url' });
  },
);
