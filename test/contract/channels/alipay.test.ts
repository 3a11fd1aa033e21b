/** Alipay's module keeps the port's promises against the simulator, in every mode and with every product. */
import { describe, test } from 'vitest';
import { CAPABILITIES } from '../../../functions/channels/alipay/capabilities.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { ContractInstrument } from '../../scenarios/channel-bench.ts';
import { contractCases } from '../../scenarios/channel-contract.ts';
import { type AlipayOffer, alipayUnderTest } from '../../simulators/alipay/under-test.ts';

const cny = parseCurrency('cny')!;
const offer = { capabilities: CAPABILITIES, lists: false, disputes: false };
const alipay: ContractInstrument = {
  name: 'alipay',
  instrument: { kind: 'wallet', type: 'alipay' },
  currency: cny,
  amount: 8_800n,
};

const OFFERS: readonly (readonly [string, AlipayOffer])[] = [
  ['on a web page, with keys', { mode: 'keys', products: ['page'] }],
  ['by a QR code, with keys', { mode: 'keys', products: ['qr'] }],
  ['on a web page, with certificates', { mode: 'certificates', products: ['page'] }],
];

describe.each(OFFERS)('alipay %s', (_, chosen) => {
  test.each(contractCases(offer, () => alipayUnderTest(chosen), alipay))('%s', (_, run) => run());
});
