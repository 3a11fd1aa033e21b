/**
 * Every amount of every record of the audited day is changed by one minor unit, one after the other, and the audit names the record.
 */
import { expect, it } from 'vitest';
import type { Payment } from '../../../functions/payments/payment.ts';
import type { Value } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { all, change, type Docs, type Found, silently } from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

/** Known only from the merchant's request: the amount of an intent that holds nothing, and of an increment that was declined. */
const isUntold = ({ status, attempts }: Payment, path: string): boolean =>
  (path === 'amount' && status === 'requires_payment_method') ||
  attempts.some(({ increments = [] }, at) =>
    increments.some(({ decline }, index) => decline && path === `attempts.${at}.increments.${index}.amount`),
  );

type Path = readonly (string | number)[];

/** Where a bigint is in the value. */
function* amountsIn(value: unknown, path: Path = []): Generator<Path, void> {
  if (typeof value === 'bigint') yield path;
  else if (Array.isArray(value))
    for (const [index, inner] of value.entries()) yield* amountsIn(inner, [...path, index]);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* amountsIn(inner, [...path, name]);
}

/** The value with one more at the path. */
function oneMore<T>(value: T, [name, ...rest]: Path): T {
  if (name === undefined) return ((value as bigint) + 1n) as T;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[name] = oneMore(copy[name], rest);
  return copy as T;
}

/** How a finding names the record. */
const NAMES: { readonly [K in keyof Docs]: (doc: Docs[K], found: Found<Docs[K]>) => string } = {
  payment: ({ body }) => body,
  refund: ({ body }) => body,
  dispute: ({ body }) => body,
  payout: ({ body }) => body,
  entry: ({ type, body, step }) => `${type}#${body}#${step}`,
  batch: ({ currency, throughMs }) => `${currency} ${throughMs}`,
  period: () => 'the closed periods',
  checkpoint: () => 'the subtotal',
  holds: (_, { item }) => `holds are ${item.sk}`,
};

const KINDS = Object.keys(NAMES) as (keyof Docs)[];

/** All of a kind; of entries the first of each type. */
function chosen(sim: Simulation, kind: keyof Docs): readonly Found<object>[] {
  const found = all(sim, kind);
  const types = found.map(({ doc }) => ('legs' in doc ? doc.type : undefined));
  return found.filter((_, index) => types[index] === undefined || types.indexOf(types[index]) === index);
}

it.each(KINDS)('the audit names the record: %s', async (kind) => {
  const day = await forkOfAuditedDay();
  const nameOf = NAMES[kind] as (doc: object, found: Found<object>) => string;
  const missed: string[] = [];
  let amounts = 0;
  for (const found of chosen(day, kind))
    for (const path of amountsIn(found.doc)) {
      const text = path.join('.');
      if (kind === 'payment' && isUntold(found.doc as Payment, text)) continue;
      const sim = day.fork();
      await change(sim, found, oneMore(found.doc, path));
      const name = nameOf(found.doc, found);
      amounts += 1;
      if (!(await audit(sim)).some((finding) => finding.includes(name))) missed.push(`${text} of ${name}`);
    }

  expect(missed).toEqual([]);
  expect(amounts).toBeGreaterThan(1);
});

it.each(['available', 'reserve'])('the audit names the balance: %s', async (member) => {
  const day = await forkOfAuditedDay();
  const balances = day.world.table.items('ledger').filter(({ pk, sk }) => pk.endsWith('#b') && !sk.startsWith('#'));
  const missed: string[] = [];
  for (const item of balances) {
    const sim: Simulation = day.fork();
    const more: Value = BigInt(item[member] as bigint) + 1n;
    await silently(sim, { kind: 'put', table: 'ledger', item: { ...item, [member]: more }, when: { is: 'present' } });
    const name = `I5 ${item.sk} liab:merchant:${member} `;
    if (!(await audit(sim)).some((finding) => finding.startsWith(name))) missed.push(name);
  }

  expect(balances.map(({ sk }) => sk)).toEqual(['eur', 'usd']);
  expect(missed).toEqual([]);
});
