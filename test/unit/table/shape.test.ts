/** Shape versions of stored documents: checked and upgraded by every read, refused where a later release wrote them. */
import { describe, expect, it } from 'vitest';
import { PAYMENTS } from '../../../functions/payment-methods/use.ts';
import { announcedCharges } from '../../../functions/payments/announced.ts';
import { PAYMENT, paymentOf } from '../../../functions/payments/store.ts';
import { changeInMessage, changesOf, messageOf } from '../../../functions/stream/change.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { type Aggregate, type Kind, keyOf, loadRecord, putRecord, recordOf } from '../../../functions/table/record.ts';
import { NewerShape, shapedAs, withShape } from '../../../functions/table/shape.ts';
import type { Item } from '../../../functions/table/table.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { simulate } from '../../world/simulation.ts';

interface Wallet extends Aggregate {
  readonly instrument: { readonly type: string; readonly last4: string };
}
/** Shape 1 had `card` where shape 2 has `instrument`. */
const WALLET: Kind<Wallet> = {
  name: 'wallet',
  letter: 'w',
  prefix: 'wa',
  object: 'wallet',
  shape: 2,
  upgrade(stored, shape) {
    if (shape > 1) return stored as Wallet;
    const { card, ...kept } = stored as Wallet & { readonly card: { readonly last4: string } };
    return { ...kept, instrument: { type: 'card', ...card } };
  },
};
const common = {
  scope: 'scope001',
  body: 'AAAAAAA0bbbbbbbbbbbbbb',
  version: 1,
  livemode: false,
  createdMs: 1,
  committedMs: 1,
} as unknown as Aggregate;
const wallet: Wallet = { ...common, instrument: { type: 'card', last4: '4242' } };

describe('a stored document', () => {
  it('has no shape while that is 1, and is read as it is', () => {
    expect(withShape({}, { a: 1 })).toEqual({ a: 1 });
    expect(shapedAs({ name: 'x' }, { a: 1 })).toEqual({ a: 1 });
  });

  it('has the shape that its release writes, and the value does not', async () => {
    const table = memoryTable();
    await table.commit(putRecord(WALLET, wallet));

    const { scope, body } = wallet;
    const item = (await table.get('payments', keyOf(WALLET, scope, body)))!;
    expect(unpack(item.doc as Uint8Array)).toEqual({ ...wallet, shape: 2 });
    expect(await loadRecord(table, WALLET, scope, body)).toEqual(wallet);
  });

  it('of an earlier shape is upgraded', () => {
    const item: Item = { pk: 'p', sk: 's', doc: pack({ ...common, card: { last4: '4242' } }) };

    expect(recordOf(WALLET, item)).toEqual(wallet);
  });

  it('of a later shape is refused, unless this release reads it', () => {
    expect(() => shapedAs(WALLET, { ...common, shape: 3 })).toThrow(new NewerShape('wallet', 3, 2));
    expect(() => shapedAs(WALLET, { ...common, shape: 3 })).toThrow(
      'a wallet has shape 3, and this release reads shapes up to 2',
    );
    expect(shapedAs({ name: 'wallet', reads: 2 }, { a: 1, shape: 2 })).toEqual({ a: 1 });
    expect(withShape({ shape: 1 }, { a: 1 })).toEqual({ a: 1 });
  });
});

it('payment methods read payments in the shapes that payments have', () => {
  const { name, letter, reads } = PAYMENT;
  expect({ name: PAYMENTS.name, letter: PAYMENTS.letter, reads: PAYMENTS.reads }).toEqual({ name, letter, reads });
});

/** A payment as a later release would have written it. */
async function newerPayment(): Promise<Item> {
  const sim = await simulate();
  await sim.request('POST', '/v1/payment_intents', { amount: '500', currency: 'usd' });
  const item = sim.world.table.items('payments').find(({ kind }) => kind === 'payment')!;
  return { ...item, doc: pack({ ...paymentOf(item), shape: 3 }) };
}

describe('a payment of a later release', () => {
  it('waits in the retry queue, and is followed once a release can read it', async () => {
    const item = await newerPayment();
    const failed: string[] = [];

    const { changes, unread } = changesOf([{ new: item }], ({ name }) => failed.push(name));

    expect([changes, failed]).toEqual([[], ['NewerShape']]);
    expect(() => changeInMessage(unread[0]!)).toThrow(NewerShape);
    const reader: { reads?: number } = PAYMENT;
    try {
      reader.reads = 3;
      expect(changeInMessage(unread[0]!)).toEqual({ kind: 'payment', new: paymentOf(item) });
    } finally {
      reader.reads = 2;
    }
  });

  it('is refused in an event and in a message, which say their shape too', async () => {
    const item = await newerPayment();
    const image = unpack<object>(item.doc as Uint8Array);

    expect(() => announcedCharges({ pk: 'p', sk: 's', doc: pack({ kind: 'payment', image }) })).toThrow(NewerShape);
    const plain = { kind: 'payment', new: shapedAs({ name: 'payment', reads: 3 }, image) } as Parameters<
      typeof messageOf
    >[0];
    expect(changeInMessage(messageOf(plain))).toEqual(plain);
    const writer: Pick<typeof PAYMENT, 'shape'> = PAYMENT;
    const { shape } = writer;
    const kind = writer as { shape: typeof shape };
    let message: string;
    try {
      kind.shape = 3;
      message = messageOf(plain);
      expect(changeInMessage(message)).toEqual(plain);
    } finally {
      kind.shape = shape;
    }
    expect(() => changeInMessage(message)).toThrow(NewerShape);
  });
});
