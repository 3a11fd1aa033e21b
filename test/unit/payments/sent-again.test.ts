/** What is sent again is one request at its channel for a time only (`timing.idempotencyMs`). After that the channel is asked, or nothing is sent. */
import { describe, expect, it } from 'vitest';
import { UNAPPLIED_OPERATION } from '../../../functions/payments/unapplied.ts';
import { clientOf, minutes, ordered, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

const LOST = { kind: 'unknown', reason: 'lost' } as const;
const AUTHORIZED = { kind: 'authorized', authorizationCode: 'LATE1' } as const;

/** An unapplied hold, whose void has no answer. `arrives`: the channel has carried it out. */
async function unreleased(unqueried: 'at_once' | undefined, arrives: boolean) {
  const sim = await simulate(1, unqueried);
  const { intent, reference } = await ordered(sim, 'paypal', { capture_method: 'manual' });
  await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);
  await sim.world.runQueues();
  const client = clientOf(sim);
  const release = client.void;
  const sent: number[] = [];
  client.void = async (request) => {
    sent.push(request.operation);
    if (arrives) await release(request);
    return LOST;
  };
  client.queryAttempt = async () => ({ attempt: AUTHORIZED, operations: new Map() });
  await sim.takeOne({ about: 'attempt', reference, outcome: AUTHORIZED });
  await sim.world.runQueues();
  await minutes(sim, 3);
  expect([statusesOf(sim, intent), sent[0]]).toEqual(['canceled authorized', UNAPPLIED_OPERATION]);
  sim.move(client.timing.idempotencyMs + 60_000);
  return { sim, intent, reference, sent, client };
}

describe('the void of an unapplied hold, after its time', () => {
  it('is not sent where the channel answers no queries: it stays open, with its alarm', async () => {
    const { sim, intent, reference, sent } = await unreleased('at_once', false);
    const before = sent.length;

    await minutes(sim, 3);

    expect([statusesOf(sim, intent), sent.length]).toEqual(['canceled authorized', before]);
    expect(sim.world.alarms).toContain(`UnappliedMoney ${reference}`);
    const outcome = { kind: 'succeeded' } as const;
    await sim.takeOne({ about: 'operation', reference, operation: UNAPPLIED_OPERATION, outcome });
    expect(statusesOf(sim, intent)).toBe('canceled voided');
  });

  it.each([
    ['did', { kind: 'succeeded' } as const, 0, 'canceled voided'],
    ['did not', undefined, 1, 'canceled authorized'],
  ])('is asked about: it %s arrive', async (_, outcome, times, end) => {
    const { sim, intent, sent, client } = await unreleased(undefined, false);
    const before = sent.length;
    const operations = new Map(outcome ? [[UNAPPLIED_OPERATION, outcome]] : []);
    client.queryAttempt = async () => ({ attempt: AUTHORIZED, operations });

    await sim.janitor();

    expect([statusesOf(sim, intent), sent.length - before]).toEqual([end, times]);
  });

  it('is not sent while the channel does not answer the question', async () => {
    const { sim, intent, sent, client } = await unreleased(undefined, false);
    const before = sent.length;
    client.queryAttempt = async () => ({ attempt: LOST, operations: new Map() });

    await minutes(sim, 3);

    expect([statusesOf(sim, intent), sent.length]).toEqual(['canceled authorized', before]);
  });
});

it('the answer to a dispute is sent again in its time, and not after it', async () => {
  const sim = await simulate();
  const card = { amount: '10000', currency: 'usd', confirm: 'true', payment_method: 'pm_card_createDispute' };
  await sim.request('POST', '/v1/payment_intents', card, 'pay');
  sim.move(60_000);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const { body: list } = await sim.request('GET', '/v1/disputes');
  const [{ id }] = list.data as [{ id: string }];
  const client = clientOf(sim);
  const { answerDispute } = client;
  client.answerDispute = async (answer) => {
    await answerDispute(answer);
    return LOST;
  };
  await sim.request('POST', `/v1/disputes/${id}/close`, {}, 'close');
  await sim.world.runQueues();

  await minutes(sim, 2);
  const inTime = sentTo(sim, 'answerDispute');
  sim.move(client.timing.idempotencyMs);
  await minutes(sim, 2);

  expect(inTime).toBeGreaterThan(1);
  expect(sentTo(sim, 'answerDispute')).toBe(inTime);
  expect((await sim.request('GET', `/v1/disputes/${id}`)).body).toMatchObject({ status: 'needs_response' });
});
