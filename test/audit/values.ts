/** I14 and I16: no money in a floating-point number, and no card data in clear text, in anything that is stored, queued or logged. */
import { unpack } from '../../functions/table/pack.ts';
import type { Item, TableName } from '../../functions/table/table.ts';
import type { Simulation } from '../world/simulation.ts';
import type { Expect } from './records.ts';

const TABLES = [
  'payments',
  'idempotency',
  'events',
  'ledger',
  'channels',
  'vault',
  'cvc',
  'risk',
  'merchants',
  'search',
];

export function auditValues(sim: Simulation, expect: Expect): void {
  const { table, files, failures, alarms, state } = sim.world;
  for (const name of TABLES as readonly TableName[])
    for (const item of table.items(name)) auditItem(name, item, expect);
  for (const [key, content] of files) auditText(`the file ${key}`, content, expect);
  const { queues, waiting } = state;
  const messages = [...Object.values(queues).flat(), ...waiting.map(({ body }) => body)];
  for (const text of [...messages, ...failures, ...alarms]) auditText('a message', text, expect);
}

function auditItem(table: string, item: Item, expect: Expect): void {
  const name = `${table} ${item.pk} ${item.sk}`;
  for (const [member, value] of Object.entries(item)) {
    // What cannot be unpacked is ciphertext.
    const read = value instanceof Uint8Array ? unpacked(value) : value;
    auditValue(`${name} ${member}`, within('', member), read, expect);
  }
}

function unpacked(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

function auditValue(name: string, member: string, value: unknown, expect: Expect): void {
  if (typeof value === 'number') {
    expect(Number.isSafeInteger(value), `I14 ${name} is ${value}`);
    expect(!MONEY.test(member), `I14 ${name} is money in a number`);
  } else if (typeof value === 'string') {
    auditText(name, value, expect);
    expect(!CODE.test(member) || !/^\d{3,4}$/.test(value), `I16 ${name} is a card's security code`);
  } else if (Array.isArray(value)) {
    for (const inner of value) auditValue(name, member, inner, expect);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Set)) {
    for (const [inner, of] of Object.entries(value)) auditValue(`${name}.${inner}`, within(member, inner), of, expect);
  }
}

const MONEY =
  /^(amount|fee|fees|fixed|reserve|refunded|available|gross|net|ahead|refunds|opening|closing|paidOut|withheld|taken|disputed|overReturn|total|minimumPayout)$/;
/** Objects whose members are amounts. */
const SUMS = /^(closing|totals|holds|freed|chargedBack|fixedIn|minimumPayouts)$/;
/** What is kept of replies is JSON as it was sent: amounts are numbers on the wire. */
const WIRED = /^(reply|previous)$/;
const WIRE = 'wire';
const within = (outer: string, inner: string): string =>
  outer === WIRE || WIRED.test(inner) ? WIRE : SUMS.test(outer) ? 'amount' : inner;
const CODE = /^(cvc|cvv|securityCode)$/;

/** A run of 13 to 19 digits with a card's first digit and a right check digit. */
function auditText(name: string, text: string, expect: Expect): void {
  if (text.length < 13) return;
  const numbers = text.match(/(?<![0-9A-Za-z])[2-6]\d{12,18}(?![0-9A-Za-z])/g) ?? [];
  expect(!numbers.some(hasCheckDigit), `I16 ${name} holds a card number`);
}

function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
