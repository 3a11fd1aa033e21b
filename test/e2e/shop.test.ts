/** The example shop as a child process, against the deployed stack: order → pay → webhook → ship, and back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../bin/local/files.ts';
import { deployed, eventually, newMerchant } from '../world/deployed.ts';

interface Order {
  readonly id: string;
  readonly state: string;
  readonly amount: number;
  readonly intent?: string;
  readonly parcel?: string;
  readonly reason?: string;
  readonly confirm_at?: string;
}

let shop: ChildProcess;
let address: string;
beforeAll(async () => {
  const { secretKey } = await newMerchant({ name: 'Shop' });
  shop = spawn(process.execPath, ['examples/shop/shop.mjs'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, SECRET_KEY: secretKey, API_BASE: deployed().baseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  address = await new Promise<string>((resolve, reject) => {
    let said = '';
    shop.stdout!.on('data', (part: Buffer) => {
      said += part.toString();
      const found = /shop: (http:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    shop.once('exit', (code) => reject(new Error(`the shop ended with ${code}`)));
  });
}, 30_000);
afterAll(async () => {
  const ended = new Promise((resolve) => shop.once('exit', resolve));
  shop.kill('SIGTERM');
  await ended;
});

const post = async (path: string, body: object = {}): Promise<Order> => {
  const response = await fetch(`${address}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as Order;
};
const becomes = (id: string, state: string): Promise<Order> =>
  eventually(async () => {
    const found = (await (await fetch(`${address}/orders/${id}`)).json()) as Order;
    return found.state === state ? found : undefined;
  });

it('an order is paid, shipped once the webhook says so, and given back', async () => {
  const order = await post('/orders', {
    sku: 'tea',
    quantity: 2,
    payment_method: 'pm_card_visa',
    email: 'ada@example.com',
  });
  expect(order.amount).toBe(900);

  expect((await becomes(order.id, 'shipped')).parcel).toMatch(/^PARCEL-/);
  await post(`/orders/${order.id}/refund`);
  await becomes(order.id, 'refunded');
});

it('a declined card ships nothing', async () => {
  const order = await post('/orders', { sku: 'cup', quantity: 1, payment_method: 'pm_card_visa_chargeDeclined' });

  expect(order).toMatchObject({ state: 'declined', reason: 'Your card was declined.' });
});

it('a payer who must confirm is sent there, and the order ships when they have', async () => {
  const order = await post('/orders', { sku: 'cup', quantity: 1, payment_method: 'pm_card_authenticationRequired' });
  expect(order.state).toBe('unpaid');

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  await fetch(order.confirm_at!, { method: 'POST', redirect: 'manual', headers: form, body: 'result=complete' });

  await becomes(order.id, 'shipped');
});
