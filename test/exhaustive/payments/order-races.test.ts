/**
 * The payer of an order approves at every await of a request that closes it. The channel decides which is first: the money is taken once, by
 * the wallet or by the card, or it is not taken, and no money is left without an owner.
 */
import { expect, it } from 'vitest';
import { WALLETS } from '../../../functions/channels/port/instrument.ts';
import { audit } from '../../audit/audit.ts';
import { comeToRest, LEASE_OVER_MS, untilAnswered } from '../../scenarios/every-await.ts';
import { callsBack, ordered, payerAt, payerReturns, paymentOf } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

const REQUESTS = {
  cancel: {},
  confirm: { payment_method: 'pm_card_visa' },
} as const;

/** What the payer does once they have approved. */
const THEN = ['returns', 'calls back', 'is gone'] as const;

const CASES = WALLETS.flatMap((wallet) =>
  (['cancel', 'confirm'] as const).flatMap((name) => THEN.map((then) => [wallet, name, then] as const)),
);

it.each(CASES)('%s: the payer approves at every await of a %s, and %s', async (wallet, name, then) => {
  const before = await simulate();
  const { intent, reference } = await ordered(before, wallet);
  const ends = new Set<string>();
  let points = 1;
  for (let n = 1; n <= points; n++) {
    const sim = before.fork();
    let passed = 0;
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== n) return;
      payerAt(sim, reference, 'approve');
      if (then === 'returns') await payerReturns(sim, reference);
      if (then === 'calls back') await callsBack(sim, reference);
    };
    const send = () => sim.request('POST', `/v1/payment_intents/${intent}/${name}`, REQUESTS[name], 'key');
    const first = await send();
    points = Math.max(points, passed);
    sim.onPoint = undefined;
    // A refusal that asks to be sent again is, after the lease of its key.
    const again = [409, 429].includes(first.status);
    if (again) sim.move(LEASE_OVER_MS);
    const answer = again ? await untilAnswered(sim, send) : first;
    await comeToRest(sim);

    const { status, attempts } = paymentOf(sim, intent);
    const end = `${status} ${attempts.map((attempt) => attempt.status).join()}`;
    ends.add(end);
    const taken = [...sim.channel.charges.values()].reduce((sum, one) => sum + one.captured - one.refunded, 0n);
    expect([n, end, taken]).toEqual([n, end, status === 'succeeded' ? 10_000n : 0n]);
    // Refused: the cancel of a payment that was paid, and a confirmation that reads that it was.
    const refused = status === 'succeeded' && attempts.length === 1;
    expect([n, answer.status]).toEqual([n, refused ? (name === 'cancel' ? 400 : expect.toBeOneOf([200, 400])) : 200]);
    expect(await audit(sim)).toEqual([]);
    expect(sim.world.failures).toEqual([]);
  }
  expect(points).toBeGreaterThan(8);
  // The payer is first at some point, and last at another. An approval at PayPal alone takes nothing: the request is first.
  expect(ends.size).toBeGreaterThan(wallet === 'paypal' && then === 'is gone' ? 0 : 1);
});
