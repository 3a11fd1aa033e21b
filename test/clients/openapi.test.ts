/**
 * Everything that the API answers in the contract tests, compared with Stripe's OpenAPI document (2026-08-26.dahlia): required members, types,
 * values of enumerations, lengths. Members that only the newer types of the Node SDK have are known too. And whether the API knows every path and
 * parameter of the document.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../bin/local/child.ts';
import { ROOT } from '../../bin/local/files.ts';
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import { operations } from '../world/api.ts';
import { startApp } from '../world/app.ts';
import { installOpenapi } from '../world/install-clients.ts';
import { TREATED, unknownOf } from '../world/parameter-names.ts';
import { rawOf } from '../world/raw-requests.ts';
import type { Recorded } from '../world/recording.ts';
import { skipped } from '../world/skip.ts';
import { type Document, differences, operationsOf, responseSchema } from './openapi/schema.ts';

const VERSION = '2026-08-26';

/** What differs, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'payment_intent_next_action_wechat_pay_display_qr_code.image_url_svg: too long':
    'the picture itself as a data URL: Sluice has no host for pictures',
  'payment_method_details_card.mandate: object, not string':
    'Sluice expands the mandate of a card payment; Stripe has its id only',
  'payment_method_options_wechat_pay.client: "mobile_web" is no value': 'an addition of Sluice (docs/api.md)',
  'payment_method_options_wechat_pay.client: "mini_program" is no value': 'an addition of Sluice (docs/api.md)',
  'payment_intent_next_action.wechat_pay_request_payment: not in the document': 'the action of `mini_program`',
};

/** No request to these is carried out, as docs/api.md says. */
const ONLY_REFUSED = [
  'POST /v1/customers/{id}/balance_transactions',
  'POST /v1/customers/{id}/bank_accounts',
  'POST /v1/customers/{id}/subscriptions',
  'POST /v1/customers/{id}/tax_ids',
  'POST /v1/payouts/{id}/reverse',
  'POST /v1/products/{id}/features',
  'POST /v1/refunds/{id}/cancel',
  'POST /v1/test_helpers/refunds/{id}/expire',
];

/** Without a recording of the whole tier (`npm test`), these make one. */
const FILES = [
  'checkout-sessions',
  'default-source',
  'disputes',
  'every-operation',
  'payment-intents',
  'payment-refusals',
  'payouts',
  'setup-intents',
  'sources',
  'wallets',
];

async function recorded(): Promise<readonly Recorded[]> {
  const own = process.env.SLUICE_RECORD === undefined;
  const folder = process.env.SLUICE_RECORD ?? mkdtempSync(join(tmpdir(), 'sluice-recording-'));
  if (own) {
    const files = FILES.map((name) => `test/contract/${name}.test.ts`);
    await run(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'contract', ...files],
      {
        cwd: ROOT,
        env: { ...process.env, SLUICE_RECORD: folder },
      },
    );
  }
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  if (own) rmSync(folder, { recursive: true });
  return lines.map((line) => JSON.parse(line) as Recorded).filter(({ version }) => version >= VERSION);
}

/** The document, or why it cannot be installed here. */
const installedDocument = (): Document | string => {
  const installed = installOpenapi();
  if (typeof installed === 'string') return installed;
  return JSON.parse(readFileSync(join(installed.folder, 'spec3.json'), 'utf8')) as Document;
};

/** Names of members in the types of the SDK, which is newer than the document. */
function namesInTypes(): ReadonlySet<string> {
  const folder = join(ROOT, 'node_modules/stripe/cjs/resources');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(/^\s+(\w+)\??: /gm)].map(([, name]) => name!)));
}

it('what the API answers is what Stripe’s document says', async (context) => {
  const document = installedDocument();
  if (typeof document === 'string') return skipped(context, `Stripe's OpenAPI document: ${document}`);
  const newer = namesInTypes();
  const isNewer = (line: string): boolean => newer.has(/\.(\w+): not in the document$/.exec(line)?.[1] ?? '');

  const answers = await recorded();
  const compared = answers.flatMap((answer) => {
    const schema = responseSchema(document, answer.method, answer.path, answer.status);
    return schema === undefined ? [] : [{ ...answer, found: differences(document, schema, answer.body) }];
  });
  const found = compared.flatMap(({ method, path, found: lines }) =>
    lines.filter((line) => !isNewer(line) && !(line in DIFFERENCES)).map((line) => `${line} (${method} ${path})`),
  );

  expect([...new Set(found)]).toEqual([]);
  // Each operation that is served, in the document and not of a list that is always empty was carried out at least once.
  const carriedOut = new Set(
    compared.filter(({ status }) => status === 200).map((each) => `${each.method} ${templateOf(each)}`),
  );
  const served = operations.filter(
    ({ method, path }) =>
      responseSchema(document, method, path, 200) !== undefined &&
      !EMPTY_LISTS.some((list) => path.startsWith(`/v1/${list.path}`)),
  );
  expect(served.length).toBeGreaterThan(80);
  const missing = served.map(({ method, path }) => `${method} ${path}`).filter((name) => !carriedOut.has(name));
  expect(missing.filter((name) => !ONLY_REFUSED.includes(name))).toEqual([]);
});

/** A path without the names of its ids. */
const nameless = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');

it('no path of the document is unrecognized, and none fails', async (context) => {
  const document = installedDocument();
  if (typeof document === 'string') return skipped(context, `Stripe's OpenAPI document: ${document}`);
  const app = await startApp();
  context.onTestFinished(() => app.stop());
  const { send } = rawOf(app);
  const unrecognized: string[] = [];
  for (const { name } of operationsOf(document)) {
    const [method, path] = nameless(name).split(' ') as [string, string];
    const response = await send(method, path.replaceAll('{}', 'none_1'), method === 'POST' ? '' : undefined);
    const { error } = (await response.json()) as { error?: { message?: string } };
    if (error?.message?.includes('Unrecognized') || response.status >= 500) unrecognized.push(name);
  }

  expect(operationsOf(document).length).toBeGreaterThan(500);
  expect(unrecognized).toEqual([]);
});

it('no parameter of the document is unknown to an operation that is served', (context) => {
  const document = installedDocument();
  if (typeof document === 'string') return skipped(context, `Stripe's OpenAPI document: ${document}`);
  const described = new Map(operationsOf(document).map(({ name, parameters }) => [nameless(name), parameters]));
  const compared = operations.flatMap(({ method, path, params, refuses }) => {
    const name = `${method} ${path}`;
    const parameters = described.get(nameless(name));
    return parameters === undefined || refuses !== undefined ? [] : [{ name, parameters, params }];
  });

  expect(compared.length).toBeGreaterThan(100);
  expect(
    compared.flatMap(({ name, parameters, params }) =>
      unknownOf(parameters, params, TREATED.get(name)).map((parameter) => `${name} ${parameter}`),
    ),
  ).toEqual([]);
});

/** The served path whose parameters this path fills in. */
function templateOf({ method, path }: Recorded): string {
  const wanted = path.split('?')[0]!;
  const fitting = operations.filter(
    (each) => each.method === method && new RegExp(`^${each.path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(wanted),
  );
  return fitting.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path ?? wanted;
}
