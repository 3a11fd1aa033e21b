/** `node journey.mjs PACKAGE [API_VERSION]`: the journey of test/clients in Node; prints what it saw as one JSON object. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , name, apiVersion] = process.argv;
const { API_BASE, FLAKY_BASE, API_KEY, PACKAGES } = process.env;
const required = createRequire(`${PACKAGES}/`)(name);
const Stripe = required.default ?? required;
const clientAt = (base, options = {}) => {
  const { hostname: host, port } = new URL(base);
  return new Stripe(API_KEY, { host, port, protocol: 'http', ...(apiVersion && { apiVersion }), ...options });
};
const stripe = clientAt(API_BASE, { maxNetworkRetries: 0 });
const seen = {};

async function eventually(attempt) {
  for (let round = 0; round < 300; round++) {
    const answer = await attempt();
    if (answer) return answer;
    await sleep(100);
  }
  return null;
}
const refused = (call) =>
  call().then(
    () => null,
    (error) => [error.type, error.statusCode, error.code ?? null, error.decline_code ?? null],
  );

const received = [];
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  received.push([Buffer.concat(chunks), request.headers['stripe-signature']]);
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = await stripe.webhookEndpoints.create({
  url: `http://127.0.0.1:${server.address().port}/hook`,
  enabled_events: ['payment_intent.succeeded'],
  api_version: apiVersion,
});

const card = { amount: 2000, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' };
const paid = await stripe.paymentIntents.create({ ...card, metadata: { order: '7' } });
seen.paid = [paid.status, paid.amount];
seen.declined = await refused(() =>
  stripe.paymentIntents.create({ ...card, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
);
seen.missing = await refused(() => stripe.paymentIntents.retrieve('pi_missing'));

for (let count = 0; count < 5; count++) await stripe.customers.create({ email: `payer${count}@example.com` });
const walked = new Set();
for await (const customer of stripe.customers.list({ limit: 2 })) walked.add(customer.id);
seen.walked = walked.size;
const found = await eventually(async () => {
  const { data } = await stripe.paymentIntents.search({ query: "metadata['order']:'7'" });
  return data[0];
});
seen.found = found?.id === paid.id;

await eventually(() => received.length > 0);
const event = stripe.webhooks.constructEvent(...received[0], endpoint.secret);
seen.webhook = [event.type, event.data.object.id === paid.id, event.data.object.amount];
try {
  stripe.webhooks.constructEvent(...received[0], 'whsec_other');
} catch (error) {
  seen.forged = error.type;
}
await stripe.webhookEndpoints.del(endpoint.id);

const again = { idempotencyKey: 'once' };
const first = await stripe.paymentIntents.create(card, again);
seen.replayed = (await stripe.paymentIntents.create(card, again)).id === first.id;
seen.conflicting = await refused(() => stripe.paymentIntents.create({ ...card, amount: 2100 }, again));
const retried = await clientAt(FLAKY_BASE, { maxNetworkRetries: 2 }).paymentIntents.create({ ...card, amount: 2200 });
const { data } = await stripe.paymentIntents.list({ limit: 100 });
seen.retried = [retried.status, data.filter(({ amount }) => amount === 2200).length];

const { id: customer } = await stripe.customers.create({ source: 'tok_visa' });
const { default_source: old } = await stripe.customers.retrieve(customer);
const source = await stripe.customers.createSource(customer, { source: 'tok_mastercard' });
await stripe.customers.update(customer, { default_source: source.id });
await stripe.customers.updateSource(customer, source.id, { exp_year: 2039 });
const charge = await stripe.charges.create({ amount: 900, currency: 'usd', customer });
const gone = await stripe.customers.deleteSource(customer, source.id);
const left = await stripe.customers.listSources(customer, { object: 'card' });
seen.sources = [
  [source.object, source.customer === customer, charge.paid, charge.source.id === source.id, charge.source.exp_year],
  [gone.deleted, gone.object, left.data.map(({ id }) => id === old)],
  (await stripe.customers.retrieve(customer, { expand: ['default_source'] })).default_source.id === old,
];
server.close();
server.closeAllConnections();
console.log(JSON.stringify(seen));
