/** Requests as clients, bugs and attackers send them: every route, with many kinds of ids, keys, headers, queries and bodies. */
import fc from 'fast-check';
import type { GatewayEvent } from '../../functions/api/raw-request.ts';
import { domainEvent, httpEvent, stageEvent } from '../world/gateway-events.ts';

/** What stands in the world that is asked: nothing of it may be changed by a request that is refused. */
export interface Known {
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Ids of the merchant's own objects, of another merchant's, and of nothing. */
  readonly ids: readonly string[];
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly account: string;
}

export const CARD_NUMBER = '4242424242424242';

const junk = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '-0',
    '1.5',
    '1e9',
    '100',
    '99999999',
    '100000000',
    '9007199254740993',
    '9'.repeat(40),
    'NaN',
    'null',
    'true',
    '{}',
    '[]',
    '*',
    '..',
    '../..',
    'usd',
    'zzz',
    'card',
    'pm_card_visa',
    'tok_visa',
    'constructor',
    '__proto__',
    '\u0000',
    '\ud800',
    'Grüße 支付 🍕',
    "'; --",
    '#n0 :v0',
    CARD_NUMBER,
    '4242 4242 4242 4242',
    'https://merchant.example/hooks',
    'http://127.0.0.1/',
    'javascript:alert(1)',
    'x'.repeat(300),
    'x'.repeat(6_000),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

const NAMES = [
  'amount currency payment_method confirm capture_method confirmation_method return_url off_session description metadata',
  'receipt_email statement_descriptor amount_to_capture final_capture cancellation_reason payment_intent charge reason expand limit',
  'starting_after ending_before created type types card billing_details allow_redisplay url enabled_events api_version',
  'disabled query page status source format automatic_payment_methods payment_method_types payment_method_data key',
  'source customer capture bank_account pii',
  '__proto__ constructor toString hasOwnProperty',
].flatMap((line) => line.split(' '));
const INNER = [
  '',
  '0',
  '1',
  '9999',
  '10000',
  'number',
  'exp_month',
  'exp_year',
  'cvc',
  'token',
  'gte',
  'enabled',
  'a',
  '__proto__',
];

const percent = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
};

/** Form text: mostly well-formed pairs, a few of them broken. */
const form = (ids: readonly string[]): fc.Arbitrary<string> => {
  const value = fc.oneof(junk, fc.constantFrom(...ids));
  const inner = fc.array(fc.oneof(fc.constantFrom(...INNER), junk.map(percent)), { maxLength: 3 });
  const pair = fc.tuple(fc.constantFrom(...NAMES), inner, value).map(([name, segments, text]) => {
    const brackets = segments.map((segment) => `[${segment}]`).join('');
    return `${name}${brackets}=${percent(text)}`;
  });
  const broken = fc.constantFrom('a=%zz', 'a=%ff', '[a]=1', 'a[b=1', '=', '&&', `a${'[b]'.repeat(30)}=1`, 'a=1&a[b]=2');
  return fc
    .array(fc.oneof({ weight: 12, arbitrary: pair }, { weight: 1, arbitrary: broken }), { maxLength: 8 })
    .map((pairs) => pairs.join('&'));
};

/** What is served as it is, or declined. */
function right(method: string, path: string, ids: readonly string[]): fc.Arbitrary<string> {
  const id = fc.constantFrom(...ids);
  const card = `type=card&card[number]=${CARD_NUMBER}&card[exp_year]=2034&card[cvc]=123`;
  switch (`${method} ${path}`) {
    case 'POST /v1/payment_intents':
      return fc
        .oneof(
          fc.constantFrom(
            '',
            '&payment_method=pm_card_visa&confirm=true',
            '&payment_method=pm_card_chargeDeclined&confirm=true',
          ),
          id.map((method) => `&payment_method=${method}&confirm=true`),
        )
        .map((more) => `amount=2000&currency=usd${more}`);
    case 'POST /v1/payment_methods':
      return fc.constantFrom(
        `${card}&card[exp_month]=12`,
        `${card}&card[exp_month]=13`,
        'type=card&card[token]=tok_visa',
      );
    case 'POST /v1/tokens':
      return fc.constantFrom(`${card.slice('type=card&'.length)}&card[exp_month]=12`, 'card=card_1');
    case 'POST /v1/charges':
      return fc
        .oneof(
          fc.constantFrom('source=tok_visa', 'source=tok_chargeDeclined', `source[number]=${CARD_NUMBER}`),
          fc.tuple(fc.constantFrom('source', 'customer'), id).map((pair) => pair.join('=')),
        )
        .map((source) => `amount=2000&currency=usd&${source}`);
    case 'POST /v1/webhook_endpoints':
      return fc.constant('url=https://merchant.example/hooks&enabled_events[]=*');
    case 'POST /v1/refunds':
      return fc.tuple(fc.constantFrom('payment_intent', 'charge'), id).map((pair) => pair.join('='));
    default:
      return method === 'POST'
        ? fc.constant('')
        : fc.oneof(
            fc.constantFrom('', 'limit=3', 'created[gte]=1', "query=status:'succeeded'"),
            fc
              .tuple(fc.constantFrom('starting_after', 'ending_before', 'payment_intent'), id)
              .map((pair) => pair.join('=')),
          );
  }
}

/** The same, often with a few parameters too many: it comes further than noise does. */
const nearlyRight = (method: string, path: string, ids: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(right(method, path, ids), fc.oneof(fc.constant(''), form(ids)))
    .map(([served, wrong]) => [served, wrong].filter((text) => text !== '').join('&'));

const large = fc.constantFrom(
  `{"metadata":[${'1,'.repeat(130_000)}1]}`,
  `{"a":${'['.repeat(50_000)}`,
  `a=${'x'.repeat(300_000)}`,
  'a=1&'.repeat(2_000),
);

const bodies = (method: string, path: string, ids: readonly string[]): fc.Arbitrary<Body> => {
  const text = fc.oneof(
    { weight: 12, arbitrary: nearlyRight(method, path, ids) },
    { weight: 3, arbitrary: form(ids) },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
    {
      weight: 2,
      arbitrary: fc
        .dictionary(fc.constantFrom(...NAMES), fc.oneof(junk, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 5 })
        .map((value) => JSON.stringify(value)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    { weight: 1, arbitrary: large },
  );
  return fc.oneof(
    text.map((body) => ({ body, isBase64Encoded: false })),
    text.map((body) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })),
    fc
      .uint8Array({ maxLength: 100 })
      .map((bytes) => ({ body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true })),
    fc.constant({ body: 'no base64 at all!', isBase64Encoded: true }),
  );
};

const paths = ({ routes, ids, account }: Known): fc.Arbitrary<{ readonly method: string; readonly path: string }> => {
  const id = fc.oneof(
    fc.constantFrom(...ids),
    fc.constantFrom('%', '%00', '%ff', '%2F', '..', '%2e%2e%2f', 'x'.repeat(500)),
    junk.map(percent),
  );
  const served = fc.tuple(fc.constantFrom(...routes), id).map(([{ method, path }, text]) => ({
    method,
    path: path.replace(/\{[a-z]+\}/, () => text || '%20'),
  }));
  const callback = fc
    .constantFrom(account, 'sba00000000000000000000', '..', '%00', CARD_NUMBER)
    .map((name) => ({ method: 'POST', path: `/v1/channels/sandbox/callbacks/${name}` }));
  const bent = fc
    .tuple(
      served,
      fc.constantFrom('PUT', 'PATCH', 'HEAD', 'OPTIONS', 'DELETE', 'GET', 'POST', 'TRACE'),
      fc.constantFrom('', '/', '//', '/x', '/../..', '?a=1', '.json'),
    )
    .map(([{ path }, method, end]) => ({ method, path: `${path}${end}` }));
  const unknown = fc.constantFrom(
    '/',
    '//',
    '/v1',
    '/v1/',
    '/v2/payment_intents',
    '/V1/payment_intents',
    '/v1//charges',
    `/v1/${CARD_NUMBER}`,
  );
  return fc.oneof(
    { weight: 10, arbitrary: served },
    { weight: 2, arbitrary: bent },
    { weight: 1, arbitrary: callback },
    { weight: 1, arbitrary: unknown.map((path) => ({ method: 'GET', path })) },
  );
};

const headers = ({ secretKey, publishableKey }: Known): fc.Arbitrary<Readonly<Record<string, string>>> => {
  const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;
  const authorization = fc.oneof(
    { weight: 12, arbitrary: fc.constant(`Bearer ${secretKey}`) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        basic(`${secretKey}:`),
        `Bearer ${publishableKey}`,
        `Bearer ${secretKey.replace('test', 'live')}`,
        `Bearer ${CARD_NUMBER}`,
        'Bearer ',
        'Bearer',
        basic(':'),
        'Basic !',
        'Digest x',
        '',
      ),
    },
  );
  const contentType = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/x-www-form-urlencoded') },
    { weight: 2, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8') },
    { weight: 1, arbitrary: fc.constantFrom('multipart/form-data; boundary=x', 'text/xml', '') },
  );
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
  return fc
    .record({
      authorization,
      'content-type': contentType,
      'stripe-version': rarely(fc.constantFrom('2026-10-28.endive', 'x', '', '2026-13-45', '0'.repeat(500))),
      'stripe-account': rarely(fc.constantFrom('acct_1', '')),
      'idempotency-key': fc.oneof(
        fc.constant(undefined),
        fc.constantFrom('', 'k', 'k'.repeat(255), 'k'.repeat(256)),
        fc.uuid(),
      ),
      'sandbox-signature': rarely(
        fc.constantFrom('', 't=1,v1=00', `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`),
      ),
      origin: rarely(fc.constant('https://shop.example')),
    })
    .map((all) =>
      Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    );
};

interface Body {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Events of API Gateway, of both of its kinds. */
export const badRequests = (known: Known): fc.Arbitrary<GatewayEvent> =>
  paths(known).chain(({ method, path }) =>
    fc
      .record({
        query: fc.oneof(fc.constant(''), form(known.ids), nearlyRight(method, path, known.ids)),
        headers: headers(known),
        body: bodies(method, path, known.ids),
        event: fc.constantFrom(stageEvent, domainEvent, httpEvent),
      })
      .map(({ query, headers: given, body, event }) =>
        event({ method, target: query === '' ? path : `${path}?${query}`, headers: given, ...body }),
      ),
  );
