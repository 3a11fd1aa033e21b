/** Every channel module keeps the port's promises, against a simulator of its channel. */
import { describe, expect, it, test } from 'vitest';
import { CAPABILITIES } from '../../functions/channels/sandbox/capabilities.ts';
import { parseCurrency } from '../../functions/kernel/money.ts';
import { type ContractInstrument, expectShown } from '../scenarios/channel-bench.ts';
import { contractCases } from '../scenarios/channel-contract.ts';
import { sandboxUnderTest } from '../simulators/sandbox-under-test.ts';
import { UNQUERIED } from '../simulators/unqueried.ts';

const usd = parseCurrency('usd')!;
const eur = parseCurrency('eur')!;

/** Scenarios of the sandbox by the end of an amount (functions/sandbox/README.md). */
const amounts = { half: 9_908n, later: 9_909n, together: 9_918n };

const SANDBOX: readonly ContractInstrument[] = [
  { name: 'card', instrument: { kind: 'test', token: 'pm_card_visa' }, currency: usd, amount: 1_000n },
  { name: 'alipay', instrument: { kind: 'wallet', type: 'alipay' }, currency: usd, amount: 2_500n, amounts },
  { name: 'alipay by a form', instrument: { kind: 'wallet', type: 'alipay' }, currency: usd, amount: 9_919n },
  { name: 'wechat_pay', instrument: { kind: 'wallet', type: 'wechat_pay' }, currency: usd, amount: 3_000n, amounts },
  {
    name: 'wechat_pay on a phone',
    instrument: { kind: 'wallet', type: 'wechat_pay', client: 'mobile_web', ipAddress: '192.0.2.1' },
    currency: usd,
    amount: 3_000n,
  },
  { name: 'paypal', instrument: { kind: 'wallet', type: 'paypal' }, currency: eur, amount: 4_000n, amounts },
];

describe.each(SANDBOX)('sandbox, $name', (chosen) => {
  const disputes = chosen.name === 'card' || chosen.name === 'paypal';
  const offer = { capabilities: CAPABILITIES, lists: true, disputes };
  test.each(contractCases(offer, () => sandboxUnderTest(), chosen))('%s', (_, run) => run());
});

/** One that answers a void at once, and for cards one that says later what became of it. */
describe.each(['at_once', 'later'] as const)('the sandbox without queries, voids %s', (voids) => {
  describe.each(SANDBOX.filter(({ name }) => voids === 'at_once' || name === 'card'))('$name', (chosen) => {
    const disputes = chosen.name === 'card' || chosen.name === 'paypal';
    const offer = { capabilities: UNQUERIED, lists: false, disputes };
    test.each(contractCases(offer, () => sandboxUnderTest(voids), chosen))('%s', (_, run) => run());
  });
});

test('the sandbox is tested with every instrument that it takes', () => {
  const taken = ['card', ...Object.keys(CAPABILITIES.wallets)];

  const tested = SANDBOX.map(({ instrument }) => (instrument.kind === 'wallet' ? instrument.type : 'card'));
  expect([...new Set(tested)]).toEqual(taken);
});

describe('an action that Stripe’s wire cannot show is refused by the suite', () => {
  const URL = 'https://wallet.example/1';
  const ALIPAY = { capability: CAPABILITIES.wallets.alipay!, instrument: SANDBOX[1]!.instrument };
  const PAYPAL = { capability: CAPABILITIES.wallets.paypal!, instrument: { kind: 'wallet', type: 'paypal' } } as const;

  it.each([
    ['facts to display', ALIPAY, { kind: 'display', facts: { number: '1' } }],
    ['parameters of another app', ALIPAY, { kind: 'app', parameters: { paySign: 'x' } }],
    ['parameters of an app', PAYPAL, { kind: 'app', parameters: { native_data: 'x' } }],
    ['a QR code', PAYPAL, { kind: 'qr_code', data: URL }],
    ['a form of an instrument without forms', PAYPAL, { kind: 'form', url: URL, fields: {} }],
  ] as const)('%s', (_, of, action) => {
    expect(() => expectShown(of, action)).toThrow(`${action.kind} for`);
  });

  it('and one that it can is not', () => {
    expectShown(ALIPAY, { kind: 'form', url: URL, fields: {} });
    expectShown(ALIPAY, { kind: 'app', parameters: { native_data: 'x' } });
    expectShown(PAYPAL, { kind: 'redirect', url: URL });
  });
});
