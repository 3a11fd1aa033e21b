/** Sessions in the in-memory product: made, paid and left alone, for tests that break or race them. */
import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type { Answer, Simulation } from '../world/simulation.ts';

export const FIFTEEN: Readonly<Record<string, string>> = {
  mode: 'payment',
  success_url: 'https://shop.example/done',
  'line_items[0][price_data][currency]': 'usd',
  'line_items[0][price_data][unit_amount]': '500',
  'line_items[0][price_data][product_data][name]': 'Tea',
  'line_items[0][quantity]': '3',
};
export const KEEP: Readonly<Record<string, string>> = { mode: 'setup', success_url: 'https://shop.example/done' };

export const openSession = async (
  sim: Simulation,
  params: Readonly<Record<string, string>> = {},
  base = FIFTEEN,
): Promise<string> =>
  String((await sim.request('POST', '/v1/checkout/sessions', { ...base, ...params }, 'open')).body.id);

export const pay = (
  sim: Simulation,
  id: string,
  key: string,
  card = 'pm_card_visa',
  params: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  sim.request('POST', `/v1/test_helpers/checkout/sessions/${id}/complete`, { payment_method: card, ...params }, key);

/** The payer chooses a wallet, and has not done anything there yet. */
export const payBy = (
  sim: Simulation,
  id: string,
  key: string,
  type: WalletType,
  params: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  sim.request(
    'POST',
    `/v1/test_helpers/checkout/sessions/${id}/complete`,
    { 'payment_method_data[type]': type, ...params },
    key,
  );

export const expire = (sim: Simulation, id: string, key: string): Promise<Answer> =>
  sim.request('POST', `/v1/checkout/sessions/${id}/expire`, {}, key);

/** Time passes until then; the janitor keeps up, which it does by four hours in a run. */
export async function moveTo(sim: Simulation, ms: number): Promise<void> {
  const step = 3 * 3_600_000;
  for (let left = ms - sim.world.clock.nowMs(); left > 0; left = ms - sim.world.clock.nowMs()) {
    sim.move(Math.min(step, left));
    await sim.janitor();
    await sim.world.runQueues();
  }
}
