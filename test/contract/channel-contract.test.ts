/** Every channel module keeps the port's promises, against a simulator of its channel. */
import { describe, expect, test } from 'vitest';
import { CAPABILITIES } from '../../functions/channels/sandbox/capabilities.ts';
import { parseCurrency } from '../../functions/kernel/money.ts';
import type { ContractInstrument } from '../scenarios/channel-bench.ts';
import { contractCases } from '../scenarios/channel-contract.ts';
import { sandboxUnderTest } from '../simulators/sandbox-under-test.ts';

const usd = parseCurrency('usd')!;
const eur = parseCurrency('eur')!;

const SANDBOX: readonly ContractInstrument[] = [
  { name: 'card', instrument: { kind: 'test', token: 'pm_card_visa' }, currency: usd, amount: 1_000n },
  { name: 'alipay', instrument: { kind: 'wallet', type: 'alipay' }, currency: usd, amount: 2_500n },
  { name: 'wechat_pay', instrument: { kind: 'wallet', type: 'wechat_pay' }, currency: usd, amount: 3_000n },
  { name: 'paypal', instrument: { kind: 'wallet', type: 'paypal' }, currency: eur, amount: 4_000n },
];

describe.each(SANDBOX)('sandbox, $name', (chosen) => {
  test.each(contractCases({ capabilities: CAPABILITIES, lists: true }, sandboxUnderTest, chosen))('%s', (_, run) =>
    run(),
  );
});

test('the sandbox is tested with every instrument that it takes', () => {
  const taken = ['card', ...Object.keys(CAPABILITIES.wallets)];

  expect(SANDBOX.map(({ name }) => name)).toEqual(taken);
});
