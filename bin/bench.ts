/** `npm run bench`: every budget of the design that exists by now, beside what was measured here and now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idleMonth, perMillion, total } from '../test/bench/cost.ts';
import { bundles, confirmCalls, cpuPerRequest, units, unitsWith } from '../test/bench/measure.ts';
import { runProgram } from './local/failure.ts';
import { localPath, ROOT } from './local/files.ts';

const API_FUNCTIONS = ['payments-api', 'vault-api', 'risk-api', 'ledger-api', 'settlement-api', 'notifications-api'];

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

async function countRows(): Promise<readonly Row[]> {
  const { payment, allIn, reads, tokens } = await units();
  const { calls, inSeries } = await confirmCalls();
  const shape = {
    writeUnits: payment + 1,
    readUnits: reads,
    confirmMs: 510,
    apiMemoryGb: 0.25,
    streamMs: 6,
    // A million payments a day are 24 records a second: four and more arrive in each poll of the stream.
    batch: 4,
    deliveries: 1,
    deliveryMs: 60,
    logBytes: 900,
  };
  const price = perMillion(shape);
  console.log(
    'list price of a million payments, US dollars:',
    Object.fromEntries(Object.entries(price).map(([line, dollars]) => [line, Number(dollars.toFixed(2))])),
    'of',
    shape,
  );
  console.log(`search, counted apart: ${tokens} write units a payment, $${(tokens * 0.625).toFixed(2)} a million`);
  const idle = idleMonth({ keys: 4, alarms: alarmCount(), polledQueues: 6, rulesPerMinute: 1.2 });
  console.log(
    'idle month, US dollars:',
    Object.fromEntries(Object.entries(idle).map(([line, dollars]) => [line, Number(dollars.toFixed(2))])),
  );
  return [
    row('write units, create+confirm of a saved method', payment, 8, 1),
    row('the same with callback, risk and one webhook', allIn, 16, 1),
    row('list price per million of the first row', total(price), 10, 2, '$'),
    row('idle month', total(idle), 10, 2, '$'),
    row('calls to AWS on the confirm path', calls, 5, 0),
    row('of which in series', inSeries, 3, 0),
  ];
}

/** Alarms of the core stack, from the template that the last synthesis for AWS left; as many as today's where there is none. */
function alarmCount(): number {
  try {
    const template = JSON.parse(readFileSync(join(ROOT, 'cdk.out/aws/Sluice.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string }>;
    };
    return Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm').length;
  } catch {
    return 30;
  }
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

await runProgram(async () => {
  const rows = [...(await countRows()), ...(await cpuRows()), ...(await sizeRows()), ...startRow()];
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, measured, budget, holds } of rows) {
    console.log(`${what.padEnd(width)}  ${measured.padStart(9)}  ${budget.padEnd(18)} ${holds ? 'holds' : 'BROKEN'}`);
  }
  return rows.every(({ holds }) => holds) ? 0 : 1;
});
