/** The product in memory with Alipay behind it: its only account is at the simulator. */
import { alipayCallbacks } from '../../../functions/channels/alipay/callback.ts';
import { alipayChannel } from '../../../functions/channels/alipay/client.ts';
import type { Product } from '../../../functions/channels/alipay/credentials.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { clientOf, paymentOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';
import { refundedOf } from './books.ts';
import type { Notification } from './notifications.ts';
import { type AlipaySimulator, startAlipay } from './server.ts';
import { credentialsFor, followAction } from './under-test.ts';

type Body = Readonly<Record<string, unknown>>;

export interface BehindAlipay {
  readonly sim: Simulation;
  readonly simulator: AlipaySimulator;
  readonly post: (path: string, params?: Readonly<Record<string, string>>) => Promise<Body>;
  readonly get: (path: string) => Promise<Body>;
  /** The payer follows the payment's next action, if it has one, and approves. */
  readonly approve: (intent: Body) => Promise<void>;
  /** Takes the message as it is sent now, and applies each of its facts. Returns what each did. */
  readonly take: (notification: Notification) => Promise<readonly string[]>;
  /** What was paid of this payment and not refunded in Alipay's books, in fen. */
  readonly moved: (intent: string) => bigint;
  /** What is frozen for it. */
  readonly frozen: (intent: string) => bigint;
}

export async function behindAlipay(products?: readonly Product[]): Promise<BehindAlipay> {
  const sim = await simulate();
  const simulator = await startAlipay({ clock: sim.world.clock, mode: 'keys' });
  const credentials = credentialsFor(simulator, products);
  const channel = alipayChannel({
    http: httpClient,
    nowMs: () => sim.world.clock.nowMs(),
    credentials: async (_, schema) => schema.parse(credentials),
    callbackUrl: () => 'https://pay.example/callbacks',
    baseUrl: simulator.baseUrl,
  });
  Object.assign(clientOf(sim), channel);
  let keys = 0;
  return {
    sim,
    simulator,
    async post(path, params = {}) {
      keys += 1;
      return (await sim.request('POST', path, { ...params }, `key ${keys}`)).body;
    },
    get: async (path) => (await sim.request('GET', path)).body,
    async approve({ next_action: action }) {
      const to = (action as { alipay_handle_redirect?: { url: string; native_url: string | null } } | null | undefined)
        ?.alipay_handle_redirect;
      if (!to) return;
      // A code's page shows what `native_url` holds.
      await followAction(simulator, { kind: 'redirect', url: to.native_url ?? to.url }, 'approve');
    },
    async take(notification) {
      const { raw, headers } = simulator.signed(notification);
      const verified = await alipayCallbacks.verify(raw, headers, credentials, sim.world.clock.nowMs());
      if (verified.kind !== 'verified') throw new Error(verified.kind);
      const applied: string[] = [];
      for (const fact of verified.facts) applied.push((await sim.takeOne(fact)).applied);
      await sim.world.runQueues();
      return applied;
    },
    moved(intent) {
      const numbers = paymentOf(sim, intent).attempts.map(({ reference }) => reference as string);
      // A capture has the number of its payment, and its own behind it.
      const trades = [...simulator.books.trades.values()].filter(({ number }) => numbers.includes(number.slice(0, 31)));
      return trades.reduce(
        (sum, trade) => (trade.paidMs === undefined ? sum : sum + trade.amount - refundedOf(trade)),
        0n,
      );
    },
    frozen: (intent) =>
      paymentOf(sim, intent).attempts.reduce(
        (sum, { reference }) => sum + (simulator.books.holds.get(reference)?.rest ?? 0n),
        0n,
      ),
  };
}
