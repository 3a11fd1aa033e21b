/** Every parameter that the SDK's types have for a served operation is served, ignored or refused with a reason: none is unknown. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { ApiError } from '../../../functions/api/errors.ts';
import type { Tree } from '../../../functions/api/form.ts';
import { PARAMETER_TABLE, TELEMETRY } from '../../../functions/api/parameter-table.ts';
import { refusalOf } from '../../../functions/api/refusals.ts';
import { UNSERVED_TYPES } from '../../../functions/api/unserved-reasons.ts';
import { withoutUnused } from '../../../functions/api/unused-parameters.ts';
import { operations } from '../../world/api.ts';
import { EARLIER_PARAMETERS } from '../../world/earlier-parameters.ts';
import { describedIn, isIn, partsOf, TREATED, unknownOf } from '../../world/parameter-names.ts';
import { aliasOf, sdkOperations, type Typed, typeOf } from '../../world/sdk-types.ts';

const sdk = new Map(sdkOperations().map((operation) => [`${operation.method} ${operation.path}`, operation.params]));
const parametersOf = (operation: string): Typed | undefined => sdk.get(operation.replaceAll(/\{\w+\}/g, '{}'));
/** Operations of earlier SDKs, by the one that took their place. */
const EARLIER: Readonly<Record<string, string>> = {
  'POST /v1/charges/{id}/refund': 'POST /v1/refunds',
  'POST /v1/charges/{id}/refunds': 'POST /v1/refunds',
  'POST /v1/charges/{id}/refunds/{refund}': 'POST /v1/refunds/{id}',
  'GET /v1/balance/history': 'GET /v1/balance_transactions',
  'POST /v1/customers/{id}/cards': 'POST /v1/customers/{id}/sources',
  'POST /v1/customers/{id}/cards/{source}': 'POST /v1/customers/{id}/sources/{source}',
};
/** Parameters of customers from before the SDK had types (changelog of the API: 2018-05-21, 2019-10-17, 2019-12-03). */
const OLDER = new Set(
  'account_balance bank_account business_vat_id plan quantity tax_info tax_percent trial_end'.split(' '),
);
/** Members of a card that stands in the request, which Stripe's OpenAPI document has. */
const IN_CARD = /^card\[(?:encrypted|metadata|network_token|swipe_data)\]$/;

/** Whether the SDK has the parameter. */
function has({ members, space }: Typed, [name, ...rest]: readonly string[]): boolean {
  const member = members.find((each) => each.name === name);
  if (!member || rest.length === 0) return member !== undefined;
  const inner = typeOf(member.type, space);
  return inner !== undefined && has(inner, rest);
}

const compared = operations.filter(
  ({ method, path, refuses }) => refuses === undefined && parametersOf(`${method} ${path}`) !== undefined,
);

describe.each(compared.map(({ method, path, params }) => [`${method} ${path}`, params] as const))(
  '%s',
  (operation, params) => {
    it('knows every parameter of the SDK', () => {
      expect(unknownOf(describedIn(parametersOf(operation)!), params, TREATED.get(operation))).toEqual([]);
    });
  },
);

describe.each([...EARLIER_PARAMETERS])('%s', (name, earlier) => {
  it('knows every parameter of earlier SDKs, and of the OpenAPI document', () => {
    const operation = operations.find(({ method, path }) => `${method} ${path}` === name);
    const known = (parameter: string): boolean => {
      const path = partsOf(parameter);
      return path.some((_, at) => isTreated(name, path.slice(0, at + 1))) || isIn(operation!.params, path);
    };

    expect(earlier.filter((parameter) => !known(parameter))).toEqual([]);
  });
});

/** Whether the table has the parameter itself, not one that it is a member of. */
const isTreated = (operation: string, [first, ...rest]: readonly string[]): boolean =>
  TREATED.get(operation)?.has(first + rest.map((part) => `[${part}]`).join('')) ?? false;

describe.each(compared.map(({ method, path, params }) => [`${method} ${path}`, params] as const))(
  '%s',
  (operation, params) => {
    it('has one treatment of a parameter: the table or the schema', () => {
      const both = [...(TREATED.get(operation) ?? [])].filter((name) => isIn(params, partsOf(name)));

      expect(both).toEqual([]);
    });
  },
);

describe('a value that means what happens anyway', () => {
  /** Such values of a type: false, and the words for it. */
  const WORDS = /'(none|never|auto|automatic|always|disabled|off|default)'/g;
  const idleOf = (type: string, space: Typed['space']): readonly string[] => {
    const empty = /^Emptyable<|''/.test(type) ? [''] : [];
    const whole = aliasOf(type.replace(/^Emptyable<(.*)>$/, '$1'), space) ?? type;
    if (whole === 'boolean') return [...empty, 'false'];
    return [...empty, ...[...whole.matchAll(WORDS)].map(([, word]) => word!)];
  };

  /** Values that change something, or say something of an object that is refused, by the reason. */
  const OF_CONSEQUENCE: Readonly<Record<string, RegExp>> = {
    'the whole object is refused':
      /^(?:transfer_data|account|person|subscription_data|evidence\[(?:enhanced_evidence|appeal)\])\[|\[three_d_secure\]\[/,
    'data of a method that another request takes': /^payment_method_data\[/,
    'unsets the options of a payment': /^payment_method_options\[(?:alipay|card|paypal|wechat_pay)\]=$/,
    'a card is always validated': /^validate=false$/,
    'adds a checkbox to the page': /^consent_collection\[promotions\]=auto$/,
    'stores what the payer enters': /^customer_update\[\w+\]=auto$/,
    'belongs to embedded pages': /^redirect_on_completion=/,
    'an empty filter': /^application=$/,
  };

  interface Idle {
    readonly path: readonly string[];
    readonly value: string;
  }
  function idleParameters({ members, space }: Typed, outer: readonly string[] = []): readonly Idle[] {
    return members.flatMap(({ name, type }) => {
      const path = [...outer, name === '*' ? 'eur' : name];
      if (type.startsWith('MetadataParam') || type.startsWith('Array<') || path.length > 6) return [];
      const inner = typeOf(type, space);
      const own = idleOf(type, space).map((value) => ({ path, value }));
      return inner ? [...own.filter(({ value }) => value === ''), ...idleParameters(inner, path)] : own;
    });
  }

  const nested = ([name, ...rest]: readonly string[], value: string): { [name: string]: Tree } => ({
    [name!]: rest.length === 0 ? value : nested(rest, value),
  });

  const named = ([first, ...rest]: readonly string[]): string => first + rest.map((part) => `[${part}]`).join('');

  /** Whether the operation refuses this value of the parameter, whatever else the request lacks. */
  function isRefused({ method, path: url, params }: (typeof compared)[number], { path, value }: Idle): boolean {
    const at = named(path);
    const concerns = (param = ''): boolean => at === param || at.startsWith(`${param}[`);
    try {
      const given = withoutUnused({ method, path: url }, nested(path, value));
      const { error } = z.safeParse(params, given, { reportInput: true });
      return error?.issues.some((issue) => concerns(refusalOf(new z.core.$ZodError([issue])).body.param)) ?? false;
    } catch (error) {
      return concerns((error as ApiError).body.param);
    }
  }

  it.each(compared.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    '%s: is accepted',
    (name, operation) => {
      const refused = idleParameters(parametersOf(name)!)
        .filter((idle) => isRefused(operation, idle))
        .map(({ path, value }) => `${named(path)}=${value}`)
        .filter((idle) => !Object.values(OF_CONSEQUENCE).some((known) => known.test(idle)));

      expect(refused).toEqual([]);
    },
  );
});

it('the comparison concerns most operations, and finds nested parameters', () => {
  const intent = operations.find(({ method, path }) => method === 'POST' && path === '/v1/payment_intents')!;
  const unknown = unknownOf(describedIn(parametersOf('POST /v1/payment_intents')!), intent.params);

  expect(compared.length).toBeGreaterThan(100);
  expect(unknown).toEqual(
    expect.arrayContaining(['radar_options', 'payment_method_data[affirm]', 'payment_method_options[card][moto]']),
  );
});

describe('the table', () => {
  const served = new Set(operations.map(({ method, path }) => `${method} ${path}`));

  it.each([...TREATED])('%s: has only parameters of the SDK, or of Stripe.js', (operation, names) => {
    const telemetry = new Set([...TELEMETRY.split(' '), 'expected_payment_method_type']);
    const unheld = [...names].filter((name) => {
      const path = partsOf(name);
      const newest = EARLIER[operation] ?? operation;
      const earlier = [operation, newest].some((each) => EARLIER_PARAMETERS.get(each)?.includes(name));
      return (
        !telemetry.has(path.at(-1)!) &&
        !earlier &&
        !OLDER.has(name) &&
        !IN_CARD.test(name) &&
        !has(parametersOf(newest)!, path)
      );
    });

    expect(served.has(operation)).toBe(true);
    // Each type has options at some operations, and data at others.
    const types = new Set(UNSERVED_TYPES.split(' '));
    const isType = (name: string): boolean =>
      /^payment_method_(?:options|data)\[\w+\]$/.test(name) ||
      (operation === 'POST /v1/payment_methods/{id}' && types.has(name));
    expect(unheld.filter((name) => !isType(name))).toEqual([]);
  });

  it('has no value that a schema takes: the table is loaded where a schema refuses', () => {
    const nested = ([name, ...rest]: readonly string[], value: string): { [name: string]: Tree } => ({
      [name === '*' ? 'eur' : name!]: rest.length === 0 ? value : nested(rest, value),
    });
    const cases = PARAMETER_TABLE.flatMap(({ operations: some, names }) =>
      some.split(',').flatMap((operation) =>
        names.split(' ').flatMap((word) => {
          const [name = '', values] = word.split('=');
          return (values?.split('|') ?? ['b']).map((value) => ({ operation, path: partsOf(name), value }));
        }),
      ),
    );
    const taken = cases.filter(({ operation, path, value }) => {
      const { params } = operations.find(({ method, path: url }) => `${method} ${url}` === operation)!;
      const { error } = z.safeParse(params, nested(path, value));
      const about = path.map((part) => (part === '*' ? 'eur' : part)).join('.');
      return !error?.issues.some((issue) => {
        const at = issue.path.join('.');
        return issue.code === 'unrecognized_keys'
          ? issue.keys.some((key) => `${about}.`.startsWith(`${at === '' ? '' : `${at}.`}${key}.`))
          : at !== '' && `${about}.`.startsWith(`${at}.`);
      });
    });

    expect(cases.length).toBeGreaterThan(20);
    expect(taken).toEqual([]);
  });

  it('has each parameter of an operation once', () => {
    const pairs = PARAMETER_TABLE.flatMap(({ operations: some, names }) =>
      some.split(',').flatMap((operation) => names.split(' ').map((name) => `${operation} ${name}`)),
    );

    expect(pairs.length).toBe(new Set(pairs).size);
  });

  it('names the types of payment method of the SDK that are not served', () => {
    const data = parametersOf('POST /v1/payment_intents')!;
    const { members, space } = typeOf(
      data.members.find(({ name }) => name === 'payment_method_data')!.type,
      data.space,
    )!;
    const own = new Set(
      'alipay allow_redisplay billing_details card metadata paypal radar_options type wechat_pay'.split(' '),
    );
    const types = members.filter(({ name, type }) => !own.has(name) && typeOf(type, space)).map(({ name }) => name);

    expect(types.filter((type) => !UNSERVED_TYPES.split(' ').includes(type))).toEqual([]);
  });
});
