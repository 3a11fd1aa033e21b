/** The product in memory with Stripe behind it: its only account is at the simulator. */
import { stripeCallbacks } from '../../../functions/channels/stripe/callback.ts';
import { stripeChannel } from '../../../functions/channels/stripe/client.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';
import { type StripeSimulator, startStripe } from './server.ts';

export interface BehindStripe {
  readonly sim: Simulation;
  readonly stripe: StripeSimulator;
  readonly post: (path: string, params?: Record<string, string>) => Promise<Record<string, unknown>>;
  readonly get: (path: string) => Promise<Record<string, unknown>>;
  /** All events so far arrive: newest first, or several times, where a test wants that. Returns what each did. */
  readonly receive: (order?: { readonly reversed?: boolean; readonly times?: number }) => Promise<readonly string[]>;
  /** Sums of what moved in Stripe's books, by category. */
  readonly moved: () => Readonly<Record<string, number>>;
}

export async function behindStripe(): Promise<BehindStripe> {
  const sim = await simulate();
  const nowMs = () => sim.world.clock.nowMs();
  const stripe = await startStripe({ nowMs });
  const client = stripeChannel({
    http: httpClient,
    nowMs,
    baseUrl: stripe.url,
    credentials: async (_, schema) =>
      schema.parse({ environment: 'test', secretKey: stripe.secretKey, webhookSecrets: stripe.secrets }),
  });
  Object.assign(sim.world.payments.channel('sandbox'), client);
  let keys = 0;
  return {
    sim,
    stripe,
    async post(path, params = {}) {
      keys += 1;
      return (await sim.request('POST', path, params, `key ${keys}`)).body;
    },
    get: async (path) => (await sim.request('GET', path)).body,
    async receive({ reversed = false, times = 1 } = {}) {
      const events = reversed ? [...stripe.signed()].reverse() : stripe.signed();
      const applied: string[] = [];
      for (const { raw, headers } of Array.from({ length: times }, () => events).flat()) {
        const material = { environment: 'test' as const, webhookSecrets: stripe.secrets, account: undefined };
        const verified = await stripeCallbacks.verify(raw, headers, material, nowMs());
        if (verified.kind === 'refused') throw new Error('an event is refused');
        for (const fact of verified.kind === 'verified' ? verified.facts : [])
          applied.push((await sim.takeOne(fact)).applied);
      }
      await sim.world.runQueues();
      return applied;
    },
    moved() {
      const sums: Record<string, number> = {};
      for (const { category, amount } of stripe.books.money) sums[category] = (sums[category] ?? 0) + amount;
      return sums;
    },
  };
}
