/** `npm run bench`: every budget of the design that exists by now, beside what was measured here and now. */
import { readFileSync } from 'node:fs';
import {
  callbackPerMillion,
  idleMonth,
  newCardPerMillion,
  PRICES,
  perMillion,
  total,
  vaultHopPerMillion,
} from '../test/bench/cost.ts';
import { bundles, cpuPerRequest } from '../test/bench/measure.ts';
import { ofType, synthesised } from '../test/infra/synth.ts';
import { callsOfConfirm, unitsOfExtras, unitsOfPayment, unitsWith } from '../test/support/counts.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
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

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly budget: string;
  readonly holds: boolean;
}

const row = (what: string, measured: number, budget: number, digits = 2, unit = ''): Row => ({
  what,
  measured: `${unit}${measured.toFixed(digits)}`,
  budget: `≤ ${unit}${budget}`,
  holds: measured <= budget,
});

type Lines = Readonly<Record<string, number>>;

/** Prints what a sum of dollars is made of. */
function explain(what: string, lines: Lines, inputs: object): void {
  const cents = Object.entries(lines).map(([line, dollars]) => `${line} ${dollars.toFixed(2)}`);
  console.log(`${what}, $${total(lines).toFixed(2)}: ${cents.join(', ')}; of ${JSON.stringify(inputs)}`);
}

/** A million payments a day are 24 records a second: four and more arrive in each poll of the stream. */
const BATCH = 4;

async function countRows(): Promise<readonly Row[]> {
  const { payment, allIn, reads, tokens } = await unitsOfPayment();
  const { calls, inSeries } = await callsOfConfirm();
  const dollars = (tokens * PRICES.writePerMillion).toFixed(2);
  console.log(`search, counted apart: ${tokens} write units a payment, $${dollars} a million`);
  return [
    row('write units, create+confirm of a saved method', payment, 8, 1),
    row('the same with callback, risk and one webhook', allIn, 16, 1),
    ...(await priceRows(payment, reads)),
    row('calls to AWS on the confirm path', calls, 5, 0),
    row('of which in series', inSeries, 3, 0),
  ];
}

async function priceRows(writes: number, reads: number): Promise<readonly Row[]> {
  const { callback, newCard } = await unitsOfExtras();
  const ofUnits = ({ writes: writeUnits, reads: readUnits }: typeof callback) => ({ writeUnits, readUnits });
  const shapes = {
    // Risk is included: one counter. What the vault reads is the hop's.
    payment: {
      writeUnits: writes + 1,
      readUnits: reads - VAULT_READS,
      confirmMs: 510,
      apiMemoryGb: 0.25,
      streamMs: 6,
      batch: BATCH,
      deliveries: 1,
      deliveryMs: 60,
      logBytes: 900,
    },
    // The account is remembered; what is left is the signature and one message. A line for the request, one for the consumer's batch.
    callback: {
      ...ofUnits(callback),
      ms: 15,
      consumerMs: 15,
      batch: BATCH,
      logBytes: 250 + 300 / BATCH,
    },
    vaultHop: { writeUnits: 0, readUnits: VAULT_READS, ms: 500, logBytes: 250 },
    newCard: { ...ofUnits(newCard), ms: 40, logBytes: 300 },
  };
  const idleOf = { keys: resources('AWS::KMS::Key'), alarms: resources('AWS::CloudWatch::Alarm') };
  const idle = { ...idleOf, polledQueues: 6, rulesPerMinute: 1.2 };
  const price = {
    payment: perMillion(shapes.payment),
    callback: callbackPerMillion(shapes.callback),
    vaultHop: vaultHopPerMillion(shapes.vaultHop),
    newCard: newCardPerMillion(shapes.newCard),
    idle: idleMonth(idle),
  };
  explain('a million payments', price.payment, shapes.payment);
  explain('a million callbacks', price.callback, shapes.callback);
  explain('a million hops through the vault', price.vaultHop, shapes.vaultHop);
  explain('a million new cards', price.newCard, shapes.newCard);
  explain('an idle month', price.idle, idle);
  return [
    row('list price per million of the first row', total(price.payment), 10, 2, '$'),
    row('a callback adds', total(price.callback), 3, 2, '$'),
    row('a hop through the vault adds', total(price.vaultHop), 2.5, 2, '$'),
    row('a new card adds', total(price.newCard), 7, 2, '$'),
    row('idle month', total(price.idle), 10, 2, '$'),
  ];
}

/** The card, and the security code that is not there any more. */
const VAULT_READS = 2;

/** How many of a type are in the core stack for AWS. */
const resources = (type: string): number => ofType(synthesised('aws', 'http').core, type).length;

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
    ...sizes.map(({ name, bytes }) => row(`bundle of ${name}, KB`, bytes / 1024, 600, 0)),
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

// The lines that a request logs would bury the table.
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

await runProgram(async () => {
  commandLine.nothing('Usage: npm run bench');
  const rows = [...(await countRows()), ...(await cpuRows()), ...(await sizeRows()), ...startRow()];
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, measured, budget, holds } of rows) {
    console.log(`${what.padEnd(width)}  ${measured.padStart(9)}  ${budget.padEnd(18)} ${holds ? 'holds' : 'BROKEN'}`);
  }
  return rows.every(({ holds }) => holds) ? 0 : 1;
});
