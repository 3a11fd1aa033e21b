/** Payments by wallet as commands of a random life: orders, what their payers do, second confirmations, and money that comes too late. */
import fc from 'fast-check';
import { WALLETS, type WalletType } from '../../functions/channels/port/instrument.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { openOrder } from '../../functions/payments/close-order.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { recordsOf } from '../audit/records.ts';
import type { Fault, Simulation } from '../world/simulation.ts';
import { type Command, command, type Model, send, sendNew } from './money-model.ts';
import { card, fault, index, text } from './money-requests.ts';
import { EVERY_TYPE, payerAt, payerOpens, payerReturns, walletMethod } from './wallet-payments.ts';

/** The wallet takes the money of the order two seconds after it was closed. */
export const PAID_AFTER_CLOSE = 9_910;

/** What of the sandbox's scenarios fits a life that ends within hours (functions/sandbox/README.md). The others end by hand. */
const SCENARIO_AMOUNTS = [9_901, 9_903, 9_908, 9_909, PAID_AFTER_CLOSE, 9_912, 9_915, 9_917] as const;

const order = fc
  .record({
    type: fc.constantFrom(...WALLETS),
    amount: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 50, max: 9_800 }) },
      { weight: 1, arbitrary: fc.constantFrom(...SCENARIO_AMOUNTS) },
    ),
    hold: fc.boolean(),
    fault,
  })
  .map((given) =>
    command(
      `pay ${given.amount} by ${given.type}${holds(given) ? ' (a hold)' : ''}${text(given.fault)}`,
      async (model, { sim }) => {
        const params = {
          ...EVERY_TYPE,
          amount: String(given.amount),
          currency: 'usd',
          payment_method: await walletMethod(sim, given.type, model.requests.length),
          confirm: 'true',
          return_url: 'https://shop.example/done',
          ...(holds(given) && { capture_method: 'manual' }),
        };
        await sendNew(model, sim, { path: '/v1/payment_intents', params, allowed: true }, given.fault);
      },
    ),
  );

const holds = ({ type, hold }: { readonly type: WalletType; readonly hold: boolean }): boolean =>
  hold && type === 'paypal';

/** The references of orders that are in this state at the channel. */
const ordersIn = (sim: Simulation, ...kinds: readonly string[]): readonly ChannelReference[] =>
  [...sim.channel.charges].flatMap(([reference, { request, outcome }]) =>
    request.wallet && kinds.includes(outcome.kind) ? [reference as ChannelReference] : [],
  );
const nth = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

const payer = fc
  .tuple(
    index,
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('approve' as const) },
      fc.constantFrom('decline' as const, 'expire' as const),
    ),
    fc.constantFrom('returns' as const, 'calls back' as const, 'is gone' as const),
    fault,
  )
  .map(([at, result, then, broken]) =>
    command(`the payer of order ${at}: ${result}, ${then}${text(broken)}`, async (model, { sim }) => {
      const reference = nth(ordersIn(sim, 'requires_action'), at);
      if (!reference) return;
      payerAt(sim, reference, result);
      if (then === 'returns') await breaking(sim, broken, () => payerReturns(sim, reference));
      if (then === 'calls back') await callBack(model, sim, reference);
    }),
  );

async function callBack(model: Model, sim: Simulation, reference: ChannelReference): Promise<void> {
  const fact = { about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome } as const;
  await sim.takeOne(fact);
  model.delivered.push(fact);
}

const breaking = (sim: Simulation, broken: Fault | undefined, run: () => Promise<unknown>): Promise<unknown> =>
  broken ? sim.broken(broken, run) : run();

const returns = fc.tuple(index, fault).map(([at, broken]) =>
  command(`the payer of order ${at} returns again${text(broken)}`, async (_, { sim }) => {
    const reference = nth(ordersIn(sim, 'approved', 'captured', 'authorized', 'failed'), at);
    if (reference) await breaking(sim, broken, () => payerReturns(sim, reference));
  }),
);

const waiting = (sim: Simulation, at: number): Payment | undefined =>
  nth(
    recordsOf(sim.world).payments.filter((payment) => openOrder(payment) && !payment.pending),
    at,
  );

/** Confirmed with a card, or once more with the same wallet, while the payer could still pay. */
const again = fc.tuple(index, fc.option(card, { nil: undefined }), fault).map(([at, method, broken]) =>
  command(
    `order ${at} is replaced by ${method ?? 'another'}${text(broken)}`,
    async (model, { sim }) => {
      const payment = waiting(sim, at);
      if (!payment) return;
      const path = `/v1/payment_intents/pi_${payment.body}/confirm`;
      const back = { return_url: 'https://shop.example/done' };
      const params: Record<string, string> = method === undefined ? back : { ...back, payment_method: method };
      await sendNew(model, sim, { path, params, allowed: true }, broken);
    },
    ({ requests }) => requests.length > 0,
  ),
);

/** The payer acts while the merchant closes the order, or confirms with a card: the channel decides which is first. */
const race = fc
  .tuple(index, fc.constantFrom('cancel', 'confirm'), fc.integer({ min: 1, max: 12 }))
  .map(([at, name, n]) =>
    command(
      `${name} of order ${at}, whose payer approves at point ${n}`,
      async (model, { sim }) => {
        const payment = waiting(sim, at);
        if (!payment) return;
        const { reference } = openOrder(payment)!;
        let passed = 0;
        sim.onPoint = async () => {
          passed += 1;
          if (passed === n && sim.channel.charges.has(reference)) payerAt(sim, reference, 'approve');
        };
        const params: Record<string, string> = name === 'confirm' ? { payment_method: 'pm_card_visa' } : {};
        model.requests.push({ path: `/v1/payment_intents/pi_${payment.body}/${name}`, params });
        try {
          await send(model, sim, model.requests.length - 1);
        } finally {
          sim.onPoint = undefined;
        }
      },
      ({ requests }) => requests.length > 0,
    ),
  );

/** No process asks about an order that is over: only this callback (and the channel's statement) reports that its money came. */
const late = index.map((at) =>
  command(`the channel takes the money of an order that is over ${at}`, async (model, { sim }) => {
    const over = ordersIn(sim, 'failed').filter((one) => sim.channel.charges.get(one)!.request.capture);
    const reference = nth(over, at);
    if (!reference) return;
    payerOpens(sim, reference);
    sim.channel.takeAnyway(reference, sim.channel.charges.get(reference)!.request.amount);
    const facts = sim.channel.callbacks.splice(-1);
    for (const fact of facts) await sim.takeOne(fact);
    model.delivered.push(...facts);
  }),
);

export const wallets: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: order },
  { weight: 5, arbitrary: payer },
  { weight: 1, arbitrary: returns },
  { weight: 2, arbitrary: again },
  { weight: 2, arbitrary: race },
  { weight: 1, arbitrary: late },
);
