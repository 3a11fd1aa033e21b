/** WeChat Pay keeps the port's promises, against its simulator: with certificates and with the public key, for each way in which its payer can be asked. */
import { describe, test } from 'vitest';
import { CAPABILITIES } from '../../../functions/channels/wechatpay/capabilities.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { ContractInstrument } from '../../scenarios/channel-bench.ts';
import { contractCases } from '../../scenarios/channel-contract.ts';
import { wechatpayUnderTest } from '../../simulators/wechatpay/under-test.ts';

const cny = parseCurrency('cny')!;
const offer = { capabilities: CAPABILITIES, lists: false, disputes: false };
const wallet = { kind: 'wallet', type: 'wechat_pay' } as const;
const payment = { currency: cny, amount: 3_000n };

const INSTRUMENTS: readonly ContractInstrument[] = [
  { name: 'a QR code', instrument: wallet, ...payment },
  {
    name: 'the browser of a phone',
    instrument: { ...wallet, client: 'mobile_web', ipAddress: '192.0.2.1' },
    ...payment,
  },
  { name: 'an app on iOS', instrument: { ...wallet, client: 'ios', appId: 'wx2421b1c4370ec43b' }, ...payment },
  { name: 'an app on Android', instrument: { ...wallet, client: 'android', appId: 'wx2421b1c4370ec43b' }, ...payment },
  {
    name: 'a page inside WeChat',
    instrument: {
      ...wallet,
      client: 'mini_program',
      appId: 'wx8888888888888888',
      openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    },
    ...payment,
  },
];

describe.each(INSTRUMENTS)('WeChat Pay, by certificates, $name', (chosen) => {
  test.each(contractCases(offer, () => wechatpayUnderTest(), chosen))('%s', (_, run) => run());
});

describe.each(['public_key', 'both'] as const)('WeChat Pay, by %s', (by) => {
  test.each(contractCases(offer, () => wechatpayUnderTest(by), INSTRUMENTS[0]!))('%s', (_, run) => run());
});
