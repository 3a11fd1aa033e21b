/** `npm run demo:channels`: payments through Stripe, Alipay and WeChat Pay, each against its simulator, and what an operator does with their accounts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../bin/local/failure.ts';
import { auditAll, auditorOf, type TrialBalance } from '../../bin/local/operator.ts';
import { bookStatement, fetchStatement } from '../../bin/local/treasury.ts';
import { followAction } from '../simulators/alipay/under-test.ts';
import { assertIs, openShop, type Payment, type Shop } from './shop.ts';
import { CHANNELS } from './simulators.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Prints the story, and leaves nothing behind. @throws Failure where it does not go as it should */
export async function demoChannels(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
  const title = (text: string): void => print(`\n${text}`);
  title('Three accounts are connected: each channel is asked whether it takes the credentials');
  const shop = await openShop(directory, print).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  try {
    await Promise.race([story(shop, print, title), interrupted()]);
  } finally {
    await shop.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const interrupted = (): Promise<never> =>
  new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Failure(signal)));
  });

type Print = (line: string) => void;
type Part = (shop: Shop, print: Print, title: Print) => Promise<void>;

const story: Part = async (shop, print, title) => {
  shop.show();
  // Ten o'clock in Shanghai, two o'clock in UTC: no day ends during the payments.
  await shop.move(DAY_MS - ((shop.nowMs() + 22 * HOUR_MS) % DAY_MS));
  const date = new Date(shop.nowMs()).toISOString().slice(0, 10);
  for (const part of [payments, lostResponse, switched]) await part(shop, print, title);
  await statements(shop, date, print, title);
  await payoutFile(shop, print, title);
  const audits = await auditAll(auditorOf(shop.state), { merchant: shop.merchant });
  assertIs(
    'the audit',
    audits.flatMap(({ differences }) => differences),
    [],
  );
  title('The audit compared every record with its entries: no difference');
};

const CARD = { amount: '4200', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const walletOf = (type: string, amount: string): Readonly<Record<string, string>> => ({
  amount,
  currency: 'cny',
  'payment_method_types[]': type,
  'payment_method_data[type]': type,
  confirm: 'true',
  return_url: 'https://shop.example/return',
  ...(type === 'wechat_pay' && { 'payment_method_options[wechat_pay][client]': 'web' }),
});

const payments: Part = async (shop, print, title) => {
  title('A card through Stripe');
  const card = await shop.make('test', CARD);
  assertIs('the card', card.status, 'succeeded');
  await deliverStripe(shop);
  ended(shop, print, card);

  title('Alipay: a code that the payer scans, and a notification');
  const alipay = await shop.make('live', walletOf('alipay', '8800'));
  assertIs('Alipay', alipay.status, 'requires_action');
  const code = alipay.next_action!.alipay_handle_redirect!.native_url!;
  await followAction(shop.simulators.alipay, { kind: 'qr_code', data: code, expiresMs: 0 }, 'approve');
  await shop.simulators.alipay.deliver();
  ended(shop, print, await paid(shop, 'live', alipay));

  title('WeChat Pay: a code that the payer scans, and an encrypted callback');
  ended(shop, print, await payWechat(shop, '6600'));
};

async function deliverStripe({ simulators, accounts }: Shop): Promise<void> {
  assertIs('events that were not acknowledged', await simulators.stripe.deliver(accounts.stripe.callbacks), 0);
}

async function payWechat(shop: Shop, amount: string): Promise<Payment> {
  const made = await shop.make('live', walletOf('wechat_pay', amount));
  assertIs('WeChat Pay', made.status, 'requires_action');
  const { controls } = shop.simulators.wechatpay;
  controls.pay(made.next_action!.wechat_pay_display_qr_code!.data!);
  await controls.deliver();
  return paid(shop, 'live', made);
}

/** The payment once the queues have brought it what its channel sent. */
async function paid(shop: Shop, mode: 'test' | 'live', payment: Payment): Promise<Payment> {
  await shop.move(10_000);
  const found = await shop.look(mode, payment);
  assertIs(payment.id, found.status, 'succeeded');
  return found;
}

function ended(shop: Shop, print: Print, { id, status }: Payment): void {
  shop.show();
  print(`  ${id} ${status}`);
}

const lostResponse: Part = async (shop, print, title) => {
  title('An unknown outcome: Stripe charges the card, and its response is lost');
  const { faults, books } = shop.simulators.stripe;
  faults.push({ kind: 'lose_response', method: 'POST' });
  const payment = await shop.make('test', { ...CARD, amount: '4300' });
  shop.show();
  assertIs('the payment without an answer', payment.status, 'processing');
  print(`  ${payment.id} ${payment.status}: it is not known, so it has not failed`);
  let found = payment;
  for (let minutes = 5; found.status === 'processing' && minutes <= 60; minutes += 5) {
    await shop.move(5 * MINUTE_MS);
    found = await shop.look('test', payment);
    if (found.status !== 'processing') title(`${minutes} minutes later: Stripe is asked about it`);
  }
  assertIs('the payment', found.status, 'succeeded');
  ended(shop, print, found);
  const charges = books.money.filter(({ amount, category }) => amount === 4300 && category === 'charge');
  assertIs('charges of 43.00 in the books of Stripe', charges.length, 1);
  print('  charges of 43.00 in the books of Stripe: 1');
  await deliverStripe(shop);
  await shop.move(10_000);
  shop.show();
};

const switched: Part = async (shop, print, title) => {
  const { account } = shop.accounts.wechatpay;
  const turn = async (on: boolean): Promise<void> => {
    await shop.operator('channel-switch', { account, on });
    // Every function has seen it by then.
    await shop.move(6_000);
  };
  title(`npm run channel -- disable --account ${account}`);
  await turn(false);
  const refused = await shop.make('live', walletOf('wechat_pay', '1200'));
  assertIs('a payment while its only account is off', refused.error !== undefined, true);
  print(`  refused: ${refused.error!.message}`);
  title(`npm run channel -- enable --account ${account}`);
  await turn(true);
  ended(shop, print, await payWechat(shop, '1200'));
};

interface BookedSums {
  readonly status: string;
  readonly lines: { readonly total: number; readonly suspended: number };
  readonly currencies: readonly Readonly<Record<string, string>>[];
}

async function statements(shop: Shop, date: string, print: Print, title: Print): Promise<void> {
  const fen = shop.simulators.wechatpay.controls.withdraw();
  // The wallets make the statement of a day in the next morning.
  await shop.move(DAY_MS + HOUR_MS);
  shop.show();
  for (const channel of CHANNELS) {
    const { mode } = shop.simulators.accounts[channel];
    const of = { merchant: shop.merchant, mode, channel, account: shop.accounts[channel].account.split('/')[1]! };
    title(`npm run settle -- statement --channel ${channel} --date ${date}${mode === 'live' ? ' --live' : ''}`);
    const stored = await fetchStatement(shop.treasury, of, date);
    shop.show();
    const { lines, currencies } = (await bookStatement(shop.treasury, of, stored)) as unknown as BookedSums;
    assertIs(`lines of ${channel} in suspense`, lines.suspended, 0);
    for (const { currency, settled, cost } of currencies)
      print(`  booked: ${lines.total} of its lines, ${settled} ${currency} at the bank, ${cost} kept by ${channel}`);
    if (channel === 'wechatpay') assertIs('settled by WeChat Pay', currencies[0]?.settled, (fen / 100).toFixed(2));
  }
  const { rows } = await shop.operator<TrialBalance>('trial-balance');
  const assets = rows.filter(({ mode, account }) => mode === 'live' && account.startsWith('assets:'));
  title('npm run ledger -- trial-balance: what the channels owe, and what is at the bank, in minor units');
  for (const { account, balance, currency } of assets) print(`  ${account}  ${balance} ${currency}`);
  const owed = assets.find(({ account }) => account === 'assets:channel:wechatpay');
  assertIs('what WeChat Pay owes, which has sent everything', Number(owed?.balance), 0);
}

const BANK = { holder: 'Demo Shop', country: 'CN', account_number: '6222000000000000', bic: 'BKCHCNBJ' };
const DEBTOR = { name: 'Demo Platform', account_number: '6222000000000001', bic: 'BKCHCNBJ' };

interface Written {
  readonly file: { readonly id: string; readonly transfers: number; readonly totals: readonly object[] } | null;
  readonly content?: string;
}

async function payoutFile(shop: Shop, print: Print, title: Print): Promise<void> {
  await shop.operator('set-bank', { merchant: shop.merchant, mode: 'live', bank: BANK });
  title('npm run settle -- file --live --debtor debtor.json --out payouts.xml');
  let written: Written = { file: null };
  // A payout is made on a banking day.
  for (let days = 0; written.file === null && days < 14; days++) {
    await shop.move(DAY_MS);
    written = await shop.treasury<Written>('write-file', { mode: 'live', debtor: DEBTOR });
  }
  shop.show();
  const { file, content = '' } = written;
  assertIs('transfers in the payout file', file?.transfers, 1);
  print(`  ${file!.id} ${JSON.stringify(file!.totals)}`);
  for (const [line] of content.matchAll(/<(MsgId|NbOfTxs|CtrlSum|EndToEndId|InstdAmt)[ >].*?<\/\1>/g))
    print(`  ${line}`);
  title(`npm run settle -- confirm ${file!.id} --live`);
  print(`  ${JSON.stringify(await shop.treasury('confirm-file', { mode: 'live', file: file!.id }))}`);
}
