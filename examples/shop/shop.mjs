/**
 * A shop in one file: order → pay → webhook → ship, with the official Stripe SDK and nothing that knows Sluice. Point API_BASE at a
 * running Sluice (or leave it out for Stripe itself) and SECRET_KEY at a test key:
 *
 *   SECRET_KEY=sk_test_… API_BASE=http://127.0.0.1:4010 node examples/shop/shop.mjs
 *
 *   POST /orders        {"sku":"tea","quantity":2,"payment_method":"pm_card_visa","email":"ada@example.com"}
 *   GET  /orders/{id}   its state: unpaid → paid → shipped, or declined; refunded
 *   POST /orders/{id}/refund
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Stripe from 'stripe';

const { SECRET_KEY, API_BASE, PORT = '0' } = process.env;
const at = API_BASE && new URL(API_BASE);
const stripe = new Stripe(
  SECRET_KEY,
  at ? { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', '') } : {},
);

/** Prices in cents. A real shop asks its database. */
const CATALOGUE = { tea: 450, cup: 1200 };
/** Order id → order. What a restart must not forget belongs into a database; payments themselves are safe with the API. */
const orders = new Map();

/** Makes the order and pays it. The order's id is the idempotency key: a browser that sends the form twice pays once. */
async function order({ sku, quantity, payment_method, email, id = randomUUID() }) {
  if (!Object.hasOwn(CATALOGUE, sku) || !Number.isInteger(quantity) || quantity < 1 || quantity > 100)
    throw Object.assign(new Error('no such goods'), { status: 400 });
  const known = orders.get(id);
  if (known) return known;
  const placed = { id, sku, quantity, amount: CATALOGUE[sku] * quantity, state: 'unpaid' };
  orders.set(id, placed);
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount: placed.amount,
        currency: 'usd',
        payment_method,
        confirm: true,
        receipt_email: email,
        metadata: { order: id },
        return_url: `http://127.0.0.1:${server.address().port}/orders/${id}`,
      },
      { idempotencyKey: `order-${id}` },
    );
    placed.intent = intent.id;
    // If the payer has to confirm first, the page sends them there. The webhook reports the outcome.
    placed.confirm_at = intent.next_action?.redirect_to_url?.url;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeCardError)) throw error;
    Object.assign(placed, { state: 'declined', reason: error.message });
  }
  return placed;
}

/** The webhook is what the shop acts on, never the answer to its own request: that one may be lost. */
function hear(event) {
  const { order: id } = event.data.object.metadata ?? {};
  const known = orders.get(id);
  if (!known) return;
  if (event.type === 'payment_intent.succeeded' && known.state === 'unpaid') {
    known.state = 'paid';
    ship(known);
  }
  if (event.type === 'payment_intent.payment_failed' && known.state === 'unpaid') known.state = 'declined';
  if (event.type === 'charge.refunded' && known.state === 'shipped') known.state = 'refunded';
}

/** Once per order, whatever is delivered again. */
function ship(paid) {
  paid.state = 'shipped';
  paid.parcel = `PARCEL-${paid.id.slice(0, 8)}`;
  console.log(`shipped ${paid.quantity} × ${paid.sku} as ${paid.parcel}`);
}

async function refund(id) {
  const { intent } = orders.get(id) ?? {};
  if (!intent) throw Object.assign(new Error('no such order'), { status: 404 });
  const { status } = await stripe.refunds.create({ payment_intent: intent }, { idempotencyKey: `refund-${id}` });
  return { refund: status };
}

const bytesOf = async (request) => Buffer.concat(await request.toArray());
const json = (response, status, body) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const server = createServer(async (request, response) => {
  const [, , id, verb] = request.url.split('?')[0].split('/');
  try {
    if (request.method === 'POST' && request.url === '/hook') {
      hear(stripe.webhooks.constructEvent(await bytesOf(request), request.headers['stripe-signature'], hook.secret));
      return response.end();
    }
    if (request.method === 'POST' && request.url === '/orders')
      return json(response, 201, await order(JSON.parse(await bytesOf(request))));
    if (request.method === 'POST' && verb === 'refund') return json(response, 200, await refund(id));
    if (request.method === 'GET' && orders.has(id)) return json(response, 200, orders.get(id));
    return json(response, 404, { error: 'not found' });
  } catch (error) {
    return json(response, error.status ?? (error.statusCode === undefined ? 400 : 502), { error: error.message });
  }
});

await new Promise((listening) => server.listen(Number(PORT), '127.0.0.1', listening));
const address = `http://127.0.0.1:${server.address().port}`;
const hook = await stripe.webhookEndpoints.create({
  url: `${address}/hook`,
  enabled_events: ['payment_intent.succeeded', 'payment_intent.payment_failed', 'charge.refunded'],
});
console.log(`shop: ${address}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stripe.webhookEndpoints.del(hook.id).catch(() => undefined);
    process.exit(0);
  });
}
