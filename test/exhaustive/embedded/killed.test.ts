/** A stack that is killed under load: what it acknowledged is there once, its books are right, and its vault's process ends with it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import { expect, it, vi } from 'vitest';
import { seeded } from '../../../bin/embedded/chaos/seeded.ts';
import { auditAll, auditorOf, operatorOf, type TrialBalance } from '../../../bin/local/operator.ts';
import type { RunningStack } from '../../../bin/local/place.ts';
import { isAlive, startProcess } from '../../world/stack-process.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const random = seeded(given === 'random' ? Date.now() : Number(given ?? 20_261_201));
const KILLS = Number(runs ?? 4);
const CLIENTS = 8;

const clientOf = ({ baseUrl, secretKey }: RunningStack): Stripe => {
  const { hostname, port } = new URL(baseUrl);
  return new Stripe(secretKey, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
};

/** Pays until nothing answers any more. Notes what was answered. */
async function payUntilKilled(stripe: Stripe, acknowledged: Map<string, string>): Promise<void> {
  for (;;) {
    try {
      const { id, status } = await stripe.paymentIntents.create({
        amount: 2_000,
        currency: 'usd',
        payment_method: 'pm_card_visa',
        confirm: true,
      });
      acknowledged.set(id, status);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeConnectionError) return;
      if (!(error instanceof Stripe.errors.StripeRateLimitError)) throw error;
      await sleep(50);
    }
  }
}

it('a stack that is killed under load has all that it acknowledged, once, and clean books', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  const acknowledged = new Map<string, string>();
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const stack = await startProcess(directory);
      const children = stack.children();
      const clients = Array.from({ length: CLIENTS }, () => payUntilKilled(clientOf(stack.state), acknowledged));
      await sleep(500 + random() * 1_000);
      await stack.kill();
      await Promise.all(clients);
      expect(children).toHaveLength(1);
      await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 5_000 });
      expect(existsSync(join(directory, 'control'))).toBe(true);
    }

    const stack = await startProcess(directory);
    try {
      await expectAllThere(stack.state, acknowledged);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

async function expectAllThere(state: RunningStack, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const found = await clientOf(state).paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  const statuses = new Map(found.map(({ id, status }) => [id, status]));
  expect(statuses.size).toBe(found.length);
  expect(acknowledged.size).toBeGreaterThan(KILLS * 10);
  expect([...acknowledged].filter(([id, status]) => statuses.get(id) !== status)).toEqual([]);

  // The books follow within seconds.
  await vi.waitFor(
    async () => {
      expect((await operatorOf(state)<TrialBalance>('trial-balance')).balanced).toBe(true);
      const differences = (await auditAll(auditorOf(state), {})).flatMap((audit) => audit.differences);
      expect(differences).toEqual([]);
    },
    { timeout: 20_000, interval: 1_000 },
  );
}
