/** Alipay's module keeps the port's promises against the simulator, in every mode and with every product. */
import { describe, test } from 'vitest';
import { CAPABILITIES } from '../../../functions/channels/alipay/capabilities.ts';
import type { WalletClient } from '../../../functions/channels/port/instrument.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { ContractInstrument } from '../../scenarios/channel-bench.ts';
import { contractCases } from '../../scenarios/channel-contract.ts';
import { type AlipayOffer, alipayUnderTest } from '../../simulators/alipay/under-test.ts';

const cny = parseCurrency('cny')!;
const offer = { capabilities: CAPABILITIES, lists: false, disputes: false };
const payAt = (client: WalletClient): ContractInstrument => ({
  name: 'alipay',
  instrument: { kind: 'wallet', type: 'alipay', client },
  currency: cny,
  amount: 8_800n,
});

/** Every place of a payer, every product and both modes of signing, of an account that may also hold. */
const OFFERS: readonly (readonly [WalletClient, string, AlipayOffer])[] = [
  ['web', 'by a page', { mode: 'keys', products: ['page', 'preauth'] }],
  ['web', 'by a code', { mode: 'certificates', products: ['qr', 'preauth'] }],
  ['mobile_web', 'by a page', { mode: 'certificates', products: ['wap', 'preauth'] }],
  ['mobile_web', 'by the link in a code', { mode: 'keys', products: ['qr', 'preauth'] }],
  ['android', 'in an app', { mode: 'keys', products: ['app', 'preauth'] }],
  ['ios', 'by a page in an app', { mode: 'keys', products: ['wap', 'preauth'] }],
];

describe.each(OFFERS)('alipay on %s %s', (client, _, chosen) => {
  test.each(contractCases(offer, () => alipayUnderTest(chosen), payAt(client)))('%s', (_, run) => run());
});

/** Without pre-authorization, everything but a hold is the same. */
describe('alipay without holds', () => {
  const { alipay } = CAPABILITIES.wallets;
  const wallets = { alipay: { ...alipay!, capture: 'at_once' as const } };
  const atOnce = { ...offer, capabilities: { ...CAPABILITIES, wallets } };
  const cases = contractCases(atOnce, () => alipayUnderTest({ products: ['page'] }), payAt('web'));
  test.each(cases)('%s', (_, run) => run());
});
