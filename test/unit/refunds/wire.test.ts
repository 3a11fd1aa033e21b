/** Where the money of a refund goes, as Stripe shows it. */
import { expect, it } from 'vitest';
import type { Handles } from '../../../functions/channels/port/handles.ts';
import type { WALLETS } from '../../../functions/channels/port/instrument.ts';
import { applyRefundOutcome } from '../../../functions/refunds/outcome.ts';
import type { Refund } from '../../../functions/refunds/refund.ts';
import { renderRefund } from '../../../functions/refunds/wire.ts';
import { recordsOf } from '../../audit/records.ts';
import { ordered, payerAt, payerReturns } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

async function refunded(type: (typeof WALLETS)[number]): Promise<Refund> {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, type);
  payerAt(sim, reference, 'approve');
  await payerReturns(sim, reference);
  await sim.world.runQueues();
  await sim.request('POST', '/v1/refunds', { payment_intent: intent }, 'refund');
  return recordsOf(sim.world).refunds[0]!;
}
const destination = (refund: Refund) => renderRefund(refund).destination_details!;

it.each([
  ['pending', undefined, null, 'pending'],
  ['succeeded', undefined, null, 'unavailable'],
  ['failed', undefined, null, 'unavailable'],
  ['pending', { refund: 'R-1' }, 'R-1', 'available'],
  ['succeeded', { refund: 'R-1', trace: 'T-1' }, 'R-1', 'available'],
  ['failed', { refund: 'R-1' }, 'R-1', 'available'],
] as const satisfies [Refund['status'], Handles | undefined, string | null, string][])(
  'PayPal: a %s refund with the names %j has the reference %s',
  async (status, handles, reference, reference_status) => {
    const { handles: _, ...refund } = await refunded('paypal');

    expect(destination({ ...refund, status, ...(handles && { handles }) })).toEqual({
      paypal: { network_decline_code: null, reference, reference_status },
      type: 'paypal',
    });
  },
);

it.each(['alipay', 'wechat_pay'] as const)('%s has no reference', async (type) => {
  expect(destination(await refunded(type))).toEqual({ [type]: {}, type });
});

it.each([
  ['alipay', 'expired_or_canceled_card', 'unknown'],
  ['paypal', 'lost_or_stolen_card', 'unknown'],
  ['paypal', 'declined', 'declined'],
  [undefined, 'expired_or_canceled_card', 'expired_or_canceled_card'],
  [undefined, 'charge_not_refundable', 'unknown'],
] as const)('a refund by %s that failed with %s has the reason %s', (wallet, code, reason) => {
  const refund = { status: 'pending', committedMs: 1, ...(wallet && { wallet }) } as Refund;

  const failed = applyRefundOutcome(refund, { kind: 'failed', decline: { code, message: 'It failed.' } }, 2);

  expect(failed).toMatchObject({ status: 'failed', failureReason: reason });
});
