/** A merchant's requests as commands: what the rules say of each, and that it may break off at any await and be sent again. */
import fc from 'fast-check';
import { chargeIdOf } from '../../functions/kernel/ids.ts';
import { loadBalance, loadPeriod } from '../../functions/ledger/store.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { openOrder } from '../../functions/payments/close-order.ts';
import {
  capturable,
  capturedAmount,
  lastAttempt,
  type Payment,
  paidAttempt,
} from '../../functions/payments/payment.ts';
import { isAutomatic } from '../../functions/payouts/payout.ts';
import { recordsOf } from '../audit/records.ts';
import type { Fault, Simulation } from '../world/simulation.ts';
import { NOT_ACCEPTED } from './further-accounts.ts';
import { type Command, chargeAt, command, FIT, paymentAt, send, sendNew } from './money-model.ts';

const CARDS = [
  'pm_card_visa',
  'pm_card_visa_chargeDeclined',
  'pm_card_authenticationRequired',
  'pm_card_sandbox_pendingThenSucceeds',
  'pm_card_bypassPending',
  'pm_card_createDispute',
  NOT_ACCEPTED,
] as const;
export const card = fc.oneof({ weight: 5, arbitrary: fc.constant(CARDS[0]) }, fc.constantFrom(...CARDS));
export const index = fc.nat({ max: 3 });
export const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({
      n: fc.integer({ min: 1, max: 40 }),
      how: fc.constantFrom('dies' as const, 'fails' as const),
    }),
  },
);
export const text = (value: Fault | undefined): string => (value ? ` (${value.how} at ${value.n})` : '');

/** Its hold can be raised, and captured more than once. */
export const FLEXIBLE = {
  'payment_method_options[card][request_incremental_authorization]': 'if_available',
  'payment_method_options[card][request_multicapture]': 'if_available',
};
const canBe = (feature: 'increment' | 'multicapture', payment: Payment): boolean =>
  paidAttempt(payment)?.features?.includes(feature) ?? false;

const create = fc
  .record({
    amount: fc.integer({ min: 50, max: 20_000 }),
    currency: fc.oneof({ weight: 4, arbitrary: fc.constant('usd') }, fc.constant('jpy')),
    card,
    hold: fc.constantFrom(undefined, 'plain' as const, 'flexible' as const),
    confirm: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
    twice: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    fault,
  })
  .map((given) =>
    command(
      `create ${given.amount} ${given.currency} ${given.card}${given.hold ? ` ${given.hold} hold` : ''}${given.confirm ? ' confirm' : ''}${given.twice ? ' twice' : ''}${text(given.fault)}`,
      (model, { sim }) => {
        const params = {
          amount: String(given.amount),
          currency: given.currency,
          payment_method: given.card,
          ...(given.hold && { capture_method: 'manual' }),
          ...(given.hold === 'flexible' && FLEXIBLE),
          ...(given.confirm && { confirm: 'true' }),
          ...(given.twice && { confirmation_method: 'manual' }),
        };
        return sendNew(model, sim, { path: '/v1/payment_intents', params, allowed: true }, given.fault);
      },
    ),
  );

/** A charge without an intent, which cannot ask its payer. */
const charge = fc
  .record({ amount: fc.integer({ min: 50, max: 20_000 }), card, manual: fc.boolean(), fault })
  .map((given) =>
    command(
      `charge ${given.amount} ${given.card}${given.manual ? ' uncaptured' : ''}${text(given.fault)}`,
      (model, { sim }) => {
        const params = {
          amount: String(given.amount),
          currency: 'usd',
          source: given.card,
          ...(given.manual && { capture: 'false' }),
        };
        return sendNew(model, sim, { path: '/v1/charges', params, allowed: true }, given.fault);
      },
    ),
  );

type Ruled = (payment: Payment, sim: Simulation) => Promise<{ params: Record<string, string>; allowed: boolean }>;

/** What the rules say of an operation on a payment as it stands. */
const operations = {
  confirm:
    (given: string | undefined): Ruled =>
    async (payment) => {
      const { status, pending, session, method } = payment;
      // The open order of a wallet is closed first.
      const isFree =
        ['requires_payment_method', 'requires_confirmation'].includes(status) || openOrder(payment) !== undefined;
      return {
        // Some wallets need an address to return to, and cards take one.
        params: { return_url: 'https://shop.example/done', ...(given !== undefined && { payment_method: given }) },
        allowed: !pending && session === undefined && (given ?? method) !== undefined && isFree,
      };
    },
  capture:
    (part: number, final: boolean): Ruled =>
    async (payment) => {
      const wanted = (payment.amount * BigInt(part)) / 4n;
      const possible = wanted <= capturable(payment) && (final || canBe('multicapture', payment));
      return {
        params: { amount_to_capture: String(wanted), ...(!final && { final_capture: 'false' }) },
        allowed: !payment.pending && payment.status === 'requires_capture' && possible,
      };
    },
  increment_authorization:
    (part: number): Ruled =>
    async (payment) => {
      const { amount, status, pending, capture } = payment;
      const wanted = (amount * BigInt(part + 2)) / 4n;
      const tries = paidAttempt(payment)?.increments?.length ?? 0;
      const possible = !capture && tries < 10 && wanted > amount && canBe('increment', payment);
      return {
        params: { amount: String(wanted) },
        allowed: !pending && status === 'requires_capture' && possible,
      };
    },
  cancel:
    (): Ruled =>
    async ({ status, pending, session }) => ({
      params: {},
      // What a session's payment holds is the merchant's; until then it is the session's.
      allowed:
        !pending &&
        !['processing', 'succeeded', 'canceled'].includes(status) &&
        (session === undefined || status === 'requires_capture'),
    }),
} as const;

const onPayment = (name: keyof typeof operations, at: number, ruled: Ruled, broken: Fault | undefined): Command =>
  command(
    `${name} ${at}${text(broken)}`,
    async (model, { sim }) => {
      const payment = paymentAt(sim, at, ...FIT[name]);
      if (!payment) return;
      const path = `/v1/payment_intents/pi_${payment.body}/${name}`;
      await sendNew(model, sim, { path, ...(await ruled(payment, sim)) }, broken);
    },
    ({ requests }) => requests.length > 0,
  );

/** The charge of a payment that has no intent: that of the attempt in which its request ended. */
const chargeOf = (payment: Payment) => chargeIdOf(payment.body, lastAttempt(payment)!.ordinal);
const named = (payment: Payment) =>
  payment.direct ? { charge: chargeOf(payment) } : { payment_intent: `pi_${payment.body}` };

/** A refund may take from the open period through its own payment, unless that was available at once, or from available; never more than either has (I6, I8), and nothing while it is charged back. */
const refundOf =
  (part: number): Ruled =>
  async (payment, sim) => {
    const captured = capturedAmount(payment);
    const amount = (captured * BigInt(part)) / 4n || 1n;
    const left = captured - payment.refunded;
    const sealed = (await loadPeriod(sim.world.table, sim.scope))?.sealedThroughMs ?? 0;
    const { refundOverdraft: overdraft } = await sim.world.payments.settings(sim.scope);
    const available = (await loadBalance(sim.world.table, sim.scope, payment.currency))?.available ?? 0n;
    const isPending = () => payment.capture!.capturedMs > sealed && !paidAttempt(payment)?.fundsAvailable;
    const isDisputed = (payment.disputes?.blocking ?? 0) > 0;
    return {
      params: { ...named(payment), amount: String(amount) },
      allowed: !isDisputed && amount <= left && (isPending() || available >= amount || overdraft),
    };
  };

const refund = (at: number, part: number, broken: Fault | undefined): Command =>
  command(
    `refund ${part}/4 of ${at}${text(broken)}`,
    async (model, { sim }) => {
      const payment = (part % 2 === 0 && chargeAt(sim, at, ...FIT.refund)) || paymentAt(sim, at, ...FIT.refund);
      if (payment) await sendNew(model, sim, { path: '/v1/refunds', ...(await refundOf(part)(payment, sim)) }, broken);
    },
    ({ requests }) => requests.length > 0,
  );

const captureCharge = fc.tuple(index, fc.integer({ min: 1, max: 5 }), fault).map(([at, part, broken]) =>
  command(
    `capture ${part}/4 of charge ${at}${text(broken)}`,
    async (model, { sim }) => {
      const payment = chargeAt(sim, at, ...FIT.capture);
      if (!payment) return;
      const { params, allowed } = await operations.capture(part, true)(payment, sim);
      const path = `/v1/charges/${chargeOf(payment)}/capture`;
      await sendNew(model, sim, { path, params: { amount: params.amount_to_capture! }, allowed }, broken);
    },
    ({ requests }) => requests.length > 0,
  ),
);

/** Another amount or currency may be asked for only while nothing is at the channel. */
const change = fc
  .tuple(index, fc.constantFrom({ amount: '3000' }, { currency: 'jpy' }, { amount: '9000', currency: 'usd' }))
  .map(([at, params]) =>
    command(
      `change ${at} to ${JSON.stringify(params)}`,
      async (model, { sim }) => {
        const payment = paymentAt(sim, at, ...FIT.confirm);
        if (!payment) return;
        const own = payment.session === undefined;
        const allowed = own && !payment.pending && (FIT.confirm as readonly string[]).includes(payment.status);
        const path = `/v1/payment_intents/pi_${payment.body}`;
        await sendNew(model, sim, { path, params: { ...params }, allowed }, undefined);
      },
      ({ requests }) => requests.length > 0,
    ),
  );

/** Whether a payout may be asked for: no payout has failed at the bank account, and the amount is there (I8) and not too small. */
async function mayPayOut(sim: Simulation, amount: bigint, available: bigint): Promise<boolean> {
  const { bankAccount, minimumPayouts } = await loadSettings(sim.world.table, sim.scope);
  const disabled = recordsOf(sim.world).payouts.some(
    ({ bank, disabledBank }) => disabledBank && bank.id === bankAccount.id,
  );
  return !disabled && amount <= available && amount >= minimumPayouts.usd!;
}

/** A merchant's own payout takes from available. */
const payOut = fc.tuple(fc.constantFrom(1n, 2n, 5n), fault).map(([quarters, broken]) =>
  command(`payout of ${quarters}/4${text(broken)}`, async (model, { sim }) => {
    const available = (await loadBalance(sim.world.table, sim.scope, 'usd'))?.available ?? 0n;
    const amount = available > 0n ? (available * quarters) / 4n || 1n : 1n;
    const params = { amount: String(amount), currency: 'usd' };
    const allowed = await mayPayOut(sim, amount, available);
    await sendNew(model, sim, { path: '/v1/payouts', params, allowed }, broken);
  }),
);

/** It can be called off until its order begins. */
const callOff = fc.tuple(index, fault).map(([at, broken]) =>
  command(`payout ${at} is called off${text(broken)}`, async (model, { sim }) => {
    const asked = recordsOf(sim.world).payouts.filter((payout) => !isAutomatic(payout));
    const payout = asked[at % Math.max(1, asked.length)];
    if (!payout) return;
    const allowed = payout.status === 'pending' && !payout.ordering;
    await sendNew(model, sim, { path: `/v1/payouts/po_${payout.body}/cancel`, allowed }, broken);
  }),
);

const part = fc.integer({ min: 1, max: 5 });
export const requests: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: create },
  { weight: 2, arbitrary: charge },
  { weight: 1, arbitrary: captureCharge },
  { weight: 1, arbitrary: change },
  { weight: 1, arbitrary: payOut },
  { weight: 1, arbitrary: callOff },
  {
    weight: 2,
    arbitrary: fc
      .tuple(index, fc.option(card, { freq: 3, nil: undefined }), fault)
      .map(([at, method, broken]) => onPayment('confirm', at, operations.confirm(method), broken)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(index, part, fc.boolean(), fault)
      .map(([at, some, final, broken]) => onPayment('capture', at, operations.capture(some, final), broken)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(index, part, fault)
      .map(([at, some, broken]) =>
        onPayment('increment_authorization', at, operations.increment_authorization(some), broken),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fault).map(([at, broken]) => onPayment('cancel', at, operations.cancel(), broken)),
  },
  { weight: 4, arbitrary: fc.tuple(index, part, fault).map(([at, some, broken]) => refund(at, some, broken)) },
  {
    weight: 4,
    arbitrary: fc.nat({ max: 9 }).map((nth) =>
      command(
        `again ${nth}`,
        async (model, { sim }) => void (await send(model, sim, nth % model.requests.length)),
        (model) => model.requests.length > 0,
      ),
    ),
  },
);
