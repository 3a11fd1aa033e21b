/**
 * A card, Alipay, WeChat Pay and PayPal at the stack that `npm start` runs: each payment is approved by its payer, refunded in part, paid out
 * and reported. A table of the results ends the output. The exit code is 1 if a payment or a part of it is missing.
 *
 *   node examples/four-ways/pay.mjs            the script approves as the payer
 *   node examples/four-ways/pay.mjs --by-hand  the script prints the payers' pages and waits for a browser
 *
 * Payments use the official Stripe SDK alone. A merchant of its own keeps the figures apart from other payments: the script adds it, and later
 * settles it, with the commands of this repository.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import Stripe from 'stripe';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STATE = `${ROOT}/.local/sluice.json`;
const { 'by-hand': byHand } = parseArgs({ options: { 'by-hand': { type: 'boolean' } } }).values;

const AMOUNT = 2000;
const REFUNDED = 500;
const METHODS = {
  // This card asks its payer for 3-D Secure.
  card: { payment_method: 'pm_card_threeDSecure2Required' },
  alipay: { payment_method_data: { type: 'alipay' } },
  wechat_pay: {
    payment_method_data: { type: 'wechat_pay' },
    payment_method_options: { wechat_pay: { client: 'web' } },
  },
  paypal: { payment_method_data: { type: 'paypal' } },
};

const run = promisify(execFile);
/** A command of the repository (`npm run -s …`); its result is JSON. */
const operator = async (...command) =>
  JSON.parse((await run('npm', ['run', '-s', ...command], { cwd: ROOT, shell: process.platform === 'win32' })).stdout);

/** Tries until `attempt` returns a value: callbacks and the ledger follow a payment within seconds. */
async function eventually(what, attempt, timeoutMs = 90_000) {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(250)) {
    const found = await attempt();
    if (found) return found;
  }
  fail(`not within ${timeoutMs / 1000} seconds: ${what}`);
}

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

if (!existsSync(STATE)) fail('No stack is running here. Run npm start first, and leave it running.');
const { baseUrl } = JSON.parse(readFileSync(STATE, 'utf8'));
const { merchant, test } = await operator('merchant', '--', 'create', '--name', 'Four ways', '--delay-days', '0');
const { hostname, port } = new URL(baseUrl);
const stripe = new Stripe(test.secretKey, { host: hostname, port, protocol: 'http' });

// The shop's own pages: the payer chooses at the first one, and comes back to the second.
const orders = [];
const shop = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://shop');
  const order = orders.find(({ id }) => id === searchParams.get('payment_intent'));
  if (pathname === '/back' && order) order.back ??= (await stripe.paymentIntents.retrieve(order.id)).status;
  const [status, content] =
    pathname === '/'
      ? [200, await choicesPage()]
      : order
        ? [200, page(`${order.type}: ${order.back}`, '<p><a href="/">All payments</a></p>')]
        : [404, page('Not found', '')];
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(content, () => {
    if (order) order.isShown = true;
  });
});
await new Promise((listening) => shop.listen(0, '127.0.0.1', listening));
const address = `http://127.0.0.1:${shop.address().port}`;

const page = (title, content, head = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `${head}<title>${title}</title></head><body><main><h1>${title}</h1>${content}</main></body></html>`;

/** The four payments with their states, loaded again while one waits. The QR code is the image of the API. */
async function choicesPage() {
  const intents = await Promise.all(orders.map(({ id }) => stripe.paymentIntents.retrieve(id)));
  const items = orders.map(({ type }, at) => {
    const { status, next_action: action } = intents[at];
    if (action === null) return `<li>${type}: ${status}</li>`;
    const code = action.wechat_pay_display_qr_code;
    const link = code
      ? `<br><img src="${code.image_data_url}" alt="QR code for WeChat Pay" width="240" height="240">`
      : `: <a href="${pageOf(action)}">pay</a>`;
    return `<li>${type}${link}</li>`;
  });
  const waits = intents.some(({ next_action: action }) => action !== null);
  return page('Four payments', `<ul>${items.join('')}</ul>`, waits ? '<meta http-equiv="refresh" content="3">' : '');
}

/** Where the payer decides, by the type of the next action. A phone reads the address of WeChat Pay from the QR code. */
const pageOf = (action) =>
  action.alipay_handle_redirect?.url ?? action.wechat_pay_display_qr_code?.data ?? action.redirect_to_url.url;

/** Acts as the payer in a browser or on a phone: opens the page, presses its first button, and follows the way back to the shop. */
async function approve(url) {
  const [, name, value] = /<button name="(\w+)" value="(\w+)"/.exec(await (await fetch(url)).text()) ?? [];
  const left = await fetch(url, { method: 'POST', body: new URLSearchParams({ [name]: value }) });
  if (!left.ok) fail(`the payer's page answers ${left.status}: ${url}`);
}

for (const [type, method] of Object.entries(METHODS)) {
  const intent = await stripe.paymentIntents.create({
    amount: AMOUNT,
    currency: 'usd',
    allowed_payment_method_types: [type],
    ...method,
    confirm: true,
    return_url: `${address}/back`,
  });
  if (intent.status !== 'requires_action') fail(`${type}: ${intent.status}, although its payer has to act`);
  orders.push({ type, id: intent.id, page: pageOf(intent.next_action) });
}

console.log(`${byHand ? 'Open each page in a browser and approve' : 'The script approves'} these payments:\n`);
for (const { type, page: url } of orders)
  console.log(`  ${type.padEnd(10)}  ${url}${type === 'wechat_pay' ? '  (in the QR code)' : ''}`);
if (byHand) console.log(`\n${address}/ has all of them, and the QR code for a phone. Ctrl-C ends the script.`);
else for (const { page: url } of orders) await approve(url);

// By hand each payer has as long as the page says: an order that expires is declined.
const decided = await eventually(
  'a decision of every payer',
  async () => {
    const intents = await Promise.all(orders.map(({ id }) => stripe.paymentIntents.retrieve(id)));
    return intents.every(({ status }) => status !== 'requires_action' && status !== 'processing') && intents;
  },
  byHand ? Number.POSITIVE_INFINITY : undefined,
);
// The outcome is known before the browser is back at the shop. Five seconds later it will not come.
for (const deadline = Date.now() + 5000; Date.now() < deadline; await sleep(100))
  if (orders.every(({ type, isShown }) => isShown || type === 'wechat_pay')) break;

const declined = decided.filter(({ status }) => status !== 'succeeded');
if (declined.length > 0)
  fail(
    ...declined.map(
      (intent) =>
        `${intent.payment_method_types}: ${intent.status} (${intent.last_payment_error?.code}), so it is not paid`,
    ),
  );

for (const order of orders) {
  const refund = await stripe.refunds.create({ payment_intent: order.id, amount: REFUNDED });
  order.refund = refund.id;
}
/** The charge and the refund of each order, once both are in the books. A refund of WeChat Pay is pending for some seconds. */
for (const order of orders) {
  await eventually(`${order.type}: the refund`, async () => {
    const refund = await stripe.refunds.retrieve(order.refund);
    const intent = await stripe.paymentIntents.retrieve(order.id, { expand: ['latest_charge'] });
    order.charge = intent.latest_charge;
    order.transactions = [order.charge.balance_transaction, refund.balance_transaction];
    return refund.status === 'succeeded' && order.transactions.every((id) => id !== null);
  });
}
const expected = orders.flatMap(({ transactions }) => transactions);
const books = await eventually('the balance transactions', async () => {
  const { data } = await stripe.balanceTransactions.list({ limit: 100 });
  return expected.every((id) => data.some((transaction) => transaction.id === id)) && data;
});
const net = books.reduce((sum, transaction) => sum + transaction.net, 0);
const before = await stripe.balance.retrieve();
const balance = [...before.pending, ...before.available].reduce((sum, { amount }) => sum + amount, 0);

await operator('settle', '--', '--date', new Date().toISOString().slice(0, 10), '--merchant', merchant);
const payout = await eventually('a payout that is paid', async () =>
  (await stripe.payouts.list()).data.find(({ status }) => status === 'paid'),
);
const paidOut = (await stripe.balanceTransactions.list({ payout: payout.id, limit: 100 })).data;
const report = await stripe.rawRequest('GET', `/v1/payouts/${payout.id}/report`);

const text = (amount) => (amount / 100).toFixed(2);
const has = (list, ids, member) => (ids.every((id) => list.some((one) => one[member] === id)) ? 'yes' : 'no');
const table = orders.map(({ type, charge, transactions, back }) => ({
  method: charge.payment_method_details.type,
  paid: text(charge.amount_captured),
  refunded: text(charge.amount_refunded),
  net: text(books.filter(({ id }) => transactions.includes(id)).reduce((sum, one) => sum + one.net, 0)),
  // A phone does not come back to the shop.
  return: type === 'wechat_pay' ? '-' : (back ?? 'lost'),
  balance: has(books, transactions, 'id'),
  payout: has(paidOut, transactions, 'id'),
  report: has(report.lines, transactions, 'balance_transaction'),
}));
console.log();
for (const row of [Object.fromEntries(Object.keys(table[0]).map((name) => [name, name])), ...table])
  console.log(
    Object.values(row)
      .map((cell) => cell.padEnd(11))
      .join('')
      .trimEnd(),
  );
console.log(`\nbalance ${text(balance)}, payout ${payout.id} ${payout.status} ${text(payout.amount)}`);

const wrong = table
  .filter(
    (row, at) =>
      row.method !== orders[at].type ||
      row.paid !== text(AMOUNT) ||
      row.refunded !== text(REFUNDED) ||
      !['-', 'succeeded'].includes(row.return) ||
      [row.balance, row.payout, row.report].includes('no'),
  )
  .map(({ method }) => `incomplete: ${method}`);
if (balance !== net || payout.amount !== net) wrong.push(`the transactions sum to ${text(net)}`);
if (wrong.length > 0) fail(...wrong);
process.exit();
