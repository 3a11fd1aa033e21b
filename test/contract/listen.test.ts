/** `npm run listen` forwards the events of a merchant, signed with the secret that it prints. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../../bin/local/listen.ts';
import { startReceiver, verifies } from '../simulators/webhook-receiver.ts';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();
const { stripe } = app;
const where = { baseUrl: app.baseUrl, secretKey: app.merchant.test.secretKey };

it('events reach the address as they were signed, and its answer counts', async () => {
  const receiver = await startReceiver();
  receiver.answer = (type) => (type === 'customer.updated' ? 500 : 200);
  const said: string[] = [];
  const listening = await listen({
    ...where,
    forwardTo: receiver.url,
    events: ['customer.created', 'customer.updated'],
    say: (line) => said.push(line),
  });
  const { id } = await stripe.customers.create({});
  await app.settleDown();
  await stripe.customers.update(id, { name: 'Ada' });
  await app.settleDown();
  const [pending] = (await stripe.events.list({ type: 'customer.updated' })).data;
  await listening.stop();
  await receiver.close();

  const events = receiver.received.map(({ event }) => event);
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['customer.created', 'customer.updated']);
  expect(receiver.received.every((each) => verifies(each, listening.secret))).toBe(true);
  expect(said.slice(0, 4)).toEqual([
    `--> customer.created [${events[0]?.id}]`,
    `<-- [200] POST ${receiver.url} [${events[0]?.id}]`,
    `--> customer.updated [${events[1]?.id}]`,
    `<-- [500] POST ${receiver.url} [${events[1]?.id}]`,
  ]);
  // What was refused is still due.
  expect(pending).toMatchObject({ id: events[1]!.id, pending_webhooks: 1 });
  expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
});

it.each([
  ['2024-06-20', '2024-06-20'],
  [undefined, '2026-10-28.endive'],
])('events are sent in the version %s', async (apiVersion, expected) => {
  const receiver = await startReceiver();
  const listening = await listen({
    ...where,
    forwardTo: receiver.url,
    events: ['charge.succeeded'],
    apiVersion,
    say: () => {},
  });
  await stripe.paymentIntents.create({ amount: 900, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' });
  await app.settleDown();
  await listening.stop();
  await receiver.close();

  const [event] = receiver.received.map((each) => each.event);
  expect(event).toMatchObject({ api_version: expected });
  expect('invoice' in event!.data.object).toBe(expected === '2024-06-20');
});

it('what the product refuses is said', async () => {
  const bad = listen({ ...where, forwardTo: 'http://127.0.0.1:9/', events: ['no.such'], say: () => {} });

  await expect(bad).rejects.toThrow(/^listen: Invalid enabled_events: must be one of /);
  const never = listen({
    ...where,
    forwardTo: 'http://127.0.0.1:9/',
    events: ['*'],
    apiVersion: '2024-04-11',
    say: () => {},
  });
  await expect(never).rejects.toThrow('listen: Invalid Stripe API version: 2024-04-11');
});

it('goes on after a request that is no event, and ends although the stack has ended', async () => {
  const target = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end()));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const said: string[] = [];
  const listening = await listen({
    ...where,
    forwardTo: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`,
    events: ['customer.created'],
    say: (line) => said.push(line),
  });
  const [endpoint] = (await stripe.webhookEndpoints.list()).data;
  await fetch(endpoint!.url, { method: 'POST', body: 'no JSON', signal: AbortSignal.timeout(5_000) });
  await stripe.customers.create({});
  await app.settleDown();
  await app.stop();
  await listening.stop();
  target.close();

  expect(said[0]).toBe('--> no event [no id]');
  expect(said.at(-1)).toMatch(/^<-- \[200\] POST /);
});
