/** Payers and merchants who say as much as there can be said. */
import type { Simulation } from '../world/simulation.ts';

/** Control characters: none takes more room when it is read, or less when it is kept. */
export const loud = (length: number): string => '\u0001'.repeat(length);

/** Fifty metadata, of `text` each. */
export const fullMetadata = (text: string) =>
  Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`metadata[${n}]`, text]));

/** A confirmation with a fresh card. `more` is what else is said. */
export const confirmed = (sim: Simulation, intent: string, card: string, more: object = {}) =>
  sim.request(
    'POST',
    `${intent}/confirm`,
    { 'payment_method_data[type]': 'card', 'payment_method_data[card][token]': card, ...more },
    `confirm at ${sim.world.clock.nowMs()}`,
  );

const HOLDER = ['name', 'address][line1', 'address][line2', 'address][city', 'address][state'];

/** Who holds the card and how they agreed, at length. */
export const LOUD_PAYER = {
  ...Object.fromEntries(HOLDER.map((member) => [`payment_method_data[billing_details][${member}]`, loud(500)])),
  'payment_method_data[billing_details][email]': `${loud(480)}@shop.example`,
  'mandate_data[customer_acceptance][type]': 'online',
  'mandate_data[customer_acceptance][online][ip_address]': '127.0.0.1',
  'mandate_data[customer_acceptance][online][user_agent]': loud(2_000),
};
