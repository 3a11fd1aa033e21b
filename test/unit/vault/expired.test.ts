/** A saved card that has expired meanwhile: it is still the customer's, and may be described and renewed. */
import { expect, it } from 'vitest';
import { type Simulation, simulate } from '../../world/simulation.ts';

const YEARS_MS = 2 * 366 * 24 * 3_600_000;

async function expired(): Promise<{ readonly sim: Simulation; readonly path: string }> {
  const sim = await simulate();
  const customer = await sim.request('POST', '/v1/customers');
  const attached = await sim.request('POST', '/v1/payment_methods/pm_card_visa/attach', {
    customer: String(customer.body.id),
  });
  sim.move(YEARS_MS);
  return { sim, path: `/v1/payment_methods/${String(attached.body.id)}` };
}

it('an expired card: takes metadata and a new holder’s name', async () => {
  const { sim, path } = await expired();

  const { status, body } = await sim.request('POST', path, {
    'metadata[shop]': 'north',
    'billing_details[name]': 'Jenny Rosen',
  });

  expect([status, body.metadata]).toEqual([200, { shop: 'north' }]);
  expect(body.billing_details).toMatchObject({ name: 'Jenny Rosen' });
});

it('an expired card: is renewed, and not with another day that is over (invalid_expiry_year)', async () => {
  const { sim, path } = await expired();

  const over = await sim.request('POST', path, { 'card[exp_month]': '12', 'card[exp_year]': '2028' });
  const renewed = await sim.request('POST', path, { 'card[exp_month]': '12', 'card[exp_year]': '2031' });

  expect([over.status, over.body.error]).toMatchObject([400, { code: 'invalid_expiry_year' }]);
  expect(renewed.body.card).toMatchObject({ exp_month: 12, exp_year: 2031 });
});
