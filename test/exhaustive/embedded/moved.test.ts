/** A stack whose clock is moved, and one that goes on from the backup of another. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../../bin/embedded/control/client.ts';
import { type StackProcess, startProcess } from '../../world/stack-process.ts';

const HOUR_MS = 3_600_000;

let folder: string;
let stack: StackProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-moved-'));
});
afterEach(async () => {
  await stack?.kill();
  stack = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (name: string): Promise<Stripe> => {
  stack = await startProcess(join(folder, name));
  const { baseUrl, secretKey } = stack.state;
  const { hostname, port } = new URL(baseUrl);
  return new Stripe(secretKey, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
};
const hold = {
  amount: 2_000,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  capture_method: 'manual',
} as const;

describe('the clock', () => {
  it('ends a session after its day, and keeps its time over a restart', async () => {
    const stripe = await start('data');
    const price_data = { currency: 'usd', unit_amount: 500, product_data: { name: 'Tea' } };
    const { id } = await stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [{ price_data, quantity: 1 }],
      success_url: 'https://shop.example/done',
    });

    await ask(stack!.state.socket!, 'advance', { ms: 25 * HOUR_MS });

    await expect
      .poll(async () => (await stripe.checkout.sessions.retrieve(id)).status, { timeout: 20_000 })
      .toBe('expired');
    const types = (await stripe.events.list({ limit: 10 })).data.map(({ type }) => type);
    expect(types).toContain('checkout.session.expired');
    await stack!.stop();
    const again = await start('data');
    const { created } = await again.customers.create();
    expect(created * 1_000 - Date.now()).toBeGreaterThan(24.9 * HOUR_MS);
  });

  it('moves by a route for tests too, with a secret key', async () => {
    const stripe = await start('data');
    const { baseUrl, publishableKey } = stack!.state;
    const before = (await stripe.rawRequest('GET', '/v1/test_helpers/clock')) as unknown as { now: number };
    const { now } = (await stripe.rawRequest('POST', '/v1/test_helpers/clock/advance', {
      by: '7d',
    })) as unknown as { now: number };
    expect(now - before.now).toBeGreaterThanOrEqual(7 * 24 * 3_600);
    expect((await stripe.customers.create()).created).toBeGreaterThanOrEqual(now);
    const refused = await fetch(`${baseUrl}/v1/test_helpers/clock/advance`, {
      method: 'POST',
      headers: { authorization: `Bearer ${publishableKey}` },
      body: new URLSearchParams({ by: '7d' }),
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(await stripe.rawRequest('GET', '/v1/test_helpers/clock')).toMatchObject({ now: expect.closeTo(now, -2) });
  });

  it.each([-1, 0, 0.5, 400 * 24 * HOUR_MS, 'a', undefined])('does not move by %s', async (ms) => {
    await start('data');
    await expect(ask(stack!.state.socket!, 'advance', { ms })).rejects.toThrow(
      'The clock moves forward, by a year at most.',
    );
  });
});

it('a backup of a running stack, with its keys and files, is a stack with all payments until then', async () => {
  const stripe = await start('data');
  const { id } = await stripe.paymentIntents.create({ ...hold, capture_method: 'automatic' });
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  await ask(stack!.state.socket!, 'backup', { file: join(copy, 'sluice.db') });
  const later = await stripe.paymentIntents.create(hold);
  await expect(ask(stack!.state.socket!, 'backup', { file: join(copy, 'sluice.db') })).rejects.toThrow(
    'is there already',
  );
  await stack!.stop();
  cpSync(join(folder, 'data', 'keys'), join(copy, 'keys'), { recursive: true });
  copyFileSync(join(folder, 'data', 'demo-merchant.json'), join(copy, 'demo-merchant.json'));

  const restored = await start('copy');

  expect(await restored.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded', amount: 2_000 });
  await expect(restored.paymentIntents.retrieve(later.id)).rejects.toMatchObject({ code: 'resource_missing' });
  // A webhook's secret and a channel's credentials open with the keys.
  expect(await restored.paymentIntents.create({ ...hold, capture_method: 'automatic' })).toMatchObject({
    status: 'succeeded',
  });
});
