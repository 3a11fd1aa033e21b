/**
 * `npm run bench`: the budgets of the deployed stack, beside what was measured here and now. `npm run bench -- runtime`: those of the embedded
 * runtime, beside floors and other products.
 */
import { readFileSync } from 'node:fs';
import { ASSUMED, idleMonth, type Lines, secondStackMonth, total } from '../test/bench/cost.ts';
import { figures } from '../test/bench/figures.ts';
import { bundles, cpuPerRequest } from '../test/bench/measure.ts';
import { PRICES } from '../test/bench/prices.ts';
import { exactly, linesOf, type Row, row } from '../test/bench/rows.ts';
import { benchRuntime } from '../test/bench/runtime/bench.ts';
import { countPayment } from '../test/scenarios/payment-counts.ts';
import { callsOfConfirm, unitsOfPayment, unitsWith } from '../test/scenarios/request-counts.ts';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { localPath } from './local/files.ts';

const API_FUNCTIONS = [
  'payments-api',
  'checkout-api',
  'vault-api',
  'risk-api',
  'ledger-api',
  'settlement-api',
  'notifications-api',
];

/** Prints what a sum of dollars is made of. */
function explain(what: string, lines: Lines): void {
  const parts = Object.entries(lines).filter(([, dollars]) => dollars >= 0.005);
  console.log(
    `${what}: $${total(lines).toFixed(2)} = ${parts.map(([line, dollars]) => `${line} ${dollars.toFixed(2)}`).join(' + ')}`,
  );
}

async function countRows(): Promise<readonly Row[]> {
  const { payment } = await unitsOfPayment();
  const { calls, inSeries } = await callsOfConfirm();
  const single = (await countPayment('single')).payment;
  return [
    exactly('a  write units, create+confirm of a saved method', payment, 6),
    row('b  the same with callback, risk, notes, a delivered webhook', single.writeUnits, 13, 0),
    ...(await priceRows()),
    row('f  calls to AWS on the confirm path', calls, 6, 0),
    row('f  of which in series', inSeries, 4, 0),
  ];
}

async function priceRows(): Promise<readonly Row[]> {
  const [single, full] = [await countPayment('single'), await countPayment('full')];
  const { http, rest } = await figures();
  for (const [name, { dollars, per, source }] of Object.entries(PRICES))
    console.log(`price ${name}: $${dollars} per ${per} (${source})`);
  console.log(`assumed: ${JSON.stringify(ASSUMED)}`);
  console.log(`counted, batches of 1, caches cold: ${JSON.stringify(single)}`);
  console.log(`counted, full batches, caches warm: ${JSON.stringify(full)}`);
  const { recovered, backedUp, ...facts } = http.stack;
  console.log(`template: ${JSON.stringify({ ...facts, recovered: [...recovered], backedUp: [...backedUp] })}\n`);
  for (const [api, of] of Object.entries({ http, rest })) {
    explain(`a million payments, returning card, api=${api}, batches of 1`, of.returning);
    explain(`a million payments, returning card, api=${api}, full batches`, of.returningFull);
    explain(`a million payments, newly typed card, api=${api}, batches of 1`, of.typed);
  }
  explain('a million callbacks, batches of 1', http.callback);
  explain('a merchant’s settlements in a month', http.settlements);
  for (const rotations of [0, 1, 2] as const)
    explain(`an idle month after ${rotations} rotations of the keys`, idleMonth(http.stack, rotations));
  explain('the second stack adds to a month, api=http', secondStackMonth(http.stack, 0));
  explain('the second stack adds to a month, api=rest', secondStackMonth(rest.stack, 0));
  const { first, later } = http.backups;
  console.log(
    `daily backups (second stack), a million payments: $${first.toFixed(2)} in their first month, $${later.toFixed(2)} in each later one`,
  );
  console.log(`stored data, a million payments: $${total(http.storage).toFixed(2)} a month\n`);
  return [
    row('c  list price per million of (a), full batches', total(http.plainFull), 10, 2, '$'),
    row('c  a callback adds, full batches', total(http.callbackFull), 3.1, 2, '$'),
    row('c  a hop through the vault adds', total(http.vaultHop), 1.5, 2, '$'),
    row('c  a new card adds', total(http.newCard), 8.3, 2, '$'),
    row('d  all in, returning card, batches of 1', total(http.returning), 18, 2, '$'),
    row('d  all in, newly typed card, batches of 1', total(http.typed), 26, 2, '$'),
    row('d  all in, returning card, api=rest', total(rest.returning), 20.5, 2, '$'),
    row('d  all in, newly typed card, api=rest', total(rest.typed), 28.5, 2, '$'),
    row('e  idle month after two rotations of the keys', total(idleMonth(http.stack, 2)), 13, 2, '$'),
  ];
}

async function sizeRows(): Promise<readonly Row[]> {
  const few = await unitsWith(1_000);
  const many = await unitsWith(100_000);
  return (['retrieve', 'list', 'payment'] as const).map((what) => ({
    what: `units of a ${what} with 100 000 payments stored`,
    measured: many[what].toFixed(1),
    budget: `= ${few[what].toFixed(1)} with 1 000`,
    holds: many[what] <= few[what],
  }));
}

async function cpuRows(): Promise<readonly Row[]> {
  const sizes = await bundles(API_FUNCTIONS);
  return [
    row('own CPU of a warm create+confirm, ms', await cpuPerRequest(), 2),
    ...sizes.map(({ name, start }) => row(`bundle of ${name}, KB`, start.bytes / 1024, 600, 0)),
    ...sizes
      .filter(({ name }) => name === 'payments-api')
      .flatMap(({ later }) => later)
      .map(({ name, bytes }) => row(`payments-api loads ${name} later, KB`, bytes / 1024, 60, 0)),
    ...sizes.map(({ name, importRatio }) => row(`import CPU of ${name} ÷ its AWS clients alone`, importRatio, 1.3)),
  ];
}

function startRow(): readonly Row[] {
  try {
    const seconds = Number(readFileSync(localPath('ready-seconds'), 'utf8'));
    return [row('from `npm start` to ready, s (last start here)', seconds, 90, 1)];
  } catch {
    return [];
  }
}

const USAGE = `Usage: npm run bench
       npm run bench -- runtime [--payments N] [--without-peers]

Prints each budget beside what is measured on this machine, and ends with code 1 where one is exceeded.

  runtime          the embedded runtime that npm start runs, beside floors and other products, which are installed below .local
                   (Linux; nothing else should run on the machine, and no other npm start in this checkout)
  --payments       store so many payments, then measure the runtime once more: 100000 take about ten minutes
  --without-peers  the embedded runtime alone`;

const MOST_PAYMENTS = 10_000_000;

async function deployed(): Promise<readonly Row[]> {
  // The lines that a request logs would bury the table.
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  const rows = [...(await countRows()), ...(await cpuRows()), ...(await sizeRows()), ...startRow()];
  for (const line of linesOf(rows)) console.log(line);
  return rows;
}

const conclude = (rows: readonly Row[]): number => (rows.every(({ holds }) => holds) ? 0 : 1);

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    payments: { type: 'string' },
    'without-peers': { type: 'boolean' },
  });
  const [what, ...more] = positionals;
  const isRuntime = what === 'runtime';
  if (more.length > 0 || (what !== undefined && !isRuntime))
    return commandLine.wrong(USAGE, `Unexpected: ${(isRuntime ? more : positionals).join(' ')}`);
  if (!isRuntime) {
    if (Object.keys(values).length > 0) return commandLine.wrong(USAGE, 'The options are of runtime');
    return conclude(await deployed());
  }
  const payments = values.payments === undefined ? undefined : Number(values.payments);
  if (payments !== undefined && !(Number.isInteger(payments) && payments > 0 && payments <= MOST_PAYMENTS))
    return commandLine.wrong(USAGE, `--payments ${values.payments}: must be a whole number from 1 to ${MOST_PAYMENTS}`);
  if (process.platform !== 'linux') throw new Failure('runtime: CPU and memory are read from /proc, which Linux has.');
  return conclude(await benchRuntime({ payments, withPeers: !values['without-peers'] }));
});
