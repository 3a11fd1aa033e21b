/** A request that died, sent again while its channel has decided nothing and only says what it calls the payment. */
import { expect, it } from 'vitest';
import type { AttemptState } from '../../../functions/channels/port/port.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { NOT_ACCEPTED, withFurtherAccounts } from '../../scenarios/further-accounts.ts';
import { clientOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HANDLES = { pspReference: 'PSP1' };
const PENDING: AttemptState = { attempt: { kind: 'pending', handles: HANDLES }, operations: new Map() };

const INTENT = { amount: '1000', currency: 'usd', payment_method: NOT_ACCEPTED, confirm: 'true' };
const CHARGE = { amount: '1000', currency: 'usd', source: 'tok_sandbox_notAccepted' };

it.each([
  ['a payment intent', '/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa' }, 1],
  ['a payment intent whose first account did not accept it', '/v1/payment_intents', INTENT, 2],
  ['a charge without an intent', '/v1/charges', { ...CHARGE, source: 'tok_visa' }, 1],
  ['a charge without an intent whose first account did not accept it', '/v1/charges', CHARGE, 2],
] as const)(
  '%s is in progress for every later read, and its reply is stored',
  async (_name, path, params, attempts) => {
    const from = await simulate();
    await withFurtherAccounts(from);
    const request = (sim: Simulation) => sim.request('POST', path, params, 'key');
    let seen = 0;

    await everyAwait({ from, operation: request, atLeast: 8, hows: ['dies'] }, async (sim, where) => {
      const [left] = recordsOf(sim.world).payments;
      if (left?.status !== 'processing' || left.attempts.length !== attempts) return;
      clientOf(sim).queryAttempt = async () => PENDING;
      await sim.world.runQueues();
      sim.move(LEASE_OVER_MS);
      const answer = await request(sim);
      await sim.world.runQueues();
      const again = await request(sim);
      const read = await sim.request('GET', `${path}/${String(answer.body.id)}`);
      const { body: events } = await sim.request('GET', '/v1/events');
      const types = (events.data as readonly { type: string }[]).map(({ type }) => type);
      seen++;

      expect([answer.status, recordsOf(sim.world).payments[0]!.attempts.at(-1)!.handles], where).toEqual([
        200,
        HANDLES,
      ]);
      expect([again.status, again.replayed]).toEqual([200, true]);
      expect(again.body).toEqual({ ...answer.body, ...('client_secret' in answer.body && again.body) });
      expect([read.status, read.body.status]).toEqual([200, answer.body.status]);
      expect(types).toContain(path === '/v1/charges' ? 'charge.pending' : 'payment_intent.processing');
    });
    expect(seen).toBeGreaterThan(0);
  },
);
