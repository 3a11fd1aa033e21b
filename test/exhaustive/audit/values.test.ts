/** The audit of stored values (I14, I16): a test puts one where it may not be, and the audit names it. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { type Case, change, first, much } from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';

const VALUES: readonly Case[] = [
  [
    'I14: an amount in a number',
    async (sim) => {
      const found = first(sim, 'payment', much);
      await change(sim, found, { ...found.doc, returned: { disputed: 0n, freed: { '2027-02-18': 1 as never } } });
      const { pk, sk } = found.item;
      return `I14 payments ${pk} ${sk} doc.returned.freed.2027-02-18 is money in a number`;
    },
  ],
  [
    'I14: a number that is not whole',
    async (sim) => {
      const found = first(sim, 'payment', much);
      await change(sim, found, { ...found.doc, refundCount: 0.5 });
      return `I14 payments ${found.item.pk} ${found.item.sk} doc.refundCount is 0.5`;
    },
  ],
  [
    'I16: a card number in a record',
    async (sim) => {
      const found = first(sim, 'payment', much);
      await change(sim, found, { ...found.doc, description: 'paid with 4242424242424242.' });
      return `I16 payments ${found.item.pk} ${found.item.sk} doc.description holds a card number`;
    },
  ],
  [
    'I16: the code of a card in a record',
    async (sim) => {
      const found = first(sim, 'payment', much);
      await change(sim, found, { ...found.doc, metadata: { cvc: '123' } });
      return `I16 payments ${found.item.pk} ${found.item.sk} doc.metadata.cvc is a card's security code`;
    },
  ],
  [
    'I16: a card number in a file',
    async (sim) => {
      sim.world.state.files.set('report.csv', 'a,4000056655665556,b');
      return 'I16 the file report.csv holds a card number';
    },
  ],
  [
    'I16: a card number in a queue',
    async (sim) => {
      sim.world.state.queues.deliveries.push('{"number":"378282246310005"}');
      return 'I16 a message holds a card number';
    },
  ],
  [
    'I16: a card number in a log',
    async (sim) => {
      sim.world.failures.push('Error: 5555555555554444 was declined');
      return 'I16 a message holds a card number';
    },
  ],
];

describe('the audit of values', () => {
  it.each(VALUES)('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
