/**
 * The payer of an order approves at every await of a request that closes it. The channel decides which is first: the money is taken once, by
 * the wallet or by the card, or it is not taken, and no money is left without an owner.
 */
import { expect, it } from 'vitest';
import { WALLETS } from '../../../functions/channels/port/instrument.ts';
import { audit } from '../../audit/audit.ts';
import { comeToRest, LEASE_OVER_MS, untilAnswered } from '../../scenarios/every-await.ts';
import {
  callsBack,
  EVERY_TYPE,
  ordered,
  payerAt,
  payerReturns,
  paymentOf,
  walletMethod,
} from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

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
    let back: string | undefined;
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== n) return;
      payerAt(sim, reference, 'approve');
      if (then === 'returns') {
        await payerReturns(sim, reference);
        back = paymentOf(sim, intent).status;
      }
      if (then === 'calls back') await callsBack(sim, reference);
    };
    const send = () => sim.request('POST', `/v1/payment_intents/${intent}/${name}`, REQUESTS[name], 'key');
    const first = await send();
    // The answer has the status that is committed, and so has a read of the payer who is back.
    if (first.status === 200) expect([n, first.body.status]).toEqual([n, paymentOf(sim, intent).status]);
    expect([n, back]).not.toEqual([n, 'requires_action']);
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

/** A payment that a wallet is to pay, and the confirmation that places its order. An expanded reply is not kept with the payment. */
async function unconfirmed(wallet: (typeof WALLETS)[number]) {
  const sim = await simulate();
  const method = await walletMethod(sim, wallet);
  const { body } = await sim.request('POST', '/v1/payment_intents', {
    ...EVERY_TYPE,
    amount: '10000',
    currency: 'usd',
  });
  const params = { payment_method: method, return_url: 'https://shop.example/done', 'expand[]': 'customer' };
  return {
    before: sim,
    intent: String(body.id),
    confirm: (of: Simulation) => of.request('POST', `/v1/payment_intents/${String(body.id)}/confirm`, params, 'key'),
  };
}

/** After the last read or write of the payment: the points at which the reply is stored under its key. */
const STORING = 3;

it.each(WALLETS)('%s: a confirmation is answered with the status that is committed', async (wallet) => {
  const { before, intent, confirm } = await unconfirmed(wallet);
  let raced = 0;
  let died = Number.POSITIVE_INFINITY;
  for (let n = 1; n <= died; n++) {
    const broken = before.fork();
    const passed = await broken.broken({ n, how: 'dies' }, () => confirm(broken));
    died = passed < n ? n : died;
    broken.move(LEASE_OVER_MS);
    const older: number[] = [];
    let points = 1;
    for (let m = 1; m <= points; m++) {
      const sim = broken.fork();
      let at = 0;
      sim.onPoint = async () => {
        at += 1;
        const reference = paymentOf(sim, intent).attempts[0]?.reference;
        if (at !== m || !reference || !sim.channel.charges.has(reference)) return;
        raced += 1;
        payerAt(sim, reference, 'approve');
        await callsBack(sim, reference);
      };
      const { status, body, replayed } = await confirm(sim);
      points = Math.max(points, at);
      if (status === 200 && !replayed && body.status !== paymentOf(sim, intent).status) older.push(m);
    }
    expect([n, older.length, older.join()]).toEqual([n, expect.toBeOneOf([0, STORING]), older.join()]);
  }
  expect(raced).toBeGreaterThan(100);
});
