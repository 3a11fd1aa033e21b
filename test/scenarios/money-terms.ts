/** Other terms as commands of a random life: fees, the reserve and the bank account. */
import fc from 'fast-check';
import { METHOD_TYPES } from '../../functions/channels/port/instrument.ts';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import { changeSettings } from '../../functions/operator/settings.ts';
import { type Command, command, pass } from './money-model.ts';

/**
 * The operator agrees on other terms, which every function uses once its cache is old. Whether refunds may overdraw stays: the
 * audit judges every refund of the past by one rule (I8).
 */
const termsOfAll: fc.Arbitrary<Command> = fc
  .record({
    feeBps: fc.constantFrom(0, 290, 9_000),
    feeFixed: fc.constantFrom(0n, 30n, 900n),
    reserveBps: fc.constantFrom(0, 1_000),
    reserveDays: fc.constantFrom(0, 1, 90),
    minimumPayout: fc.constantFrom(1n, 5_000n),
    bankLast4: fc.constantFrom('6789', '4321'),
  })
  .map((wanted) =>
    command(`other terms ${Object.values(wanted).join(' ')}`, async (model, { sim }) => {
      const { table, clock, payments } = sim.world;
      await changeSettings({ table, clock, random: payments.random }, sim.scope, wanted);
      await pass(model, sim, CACHE_MS + 1);
    }),
  );

/** The same for the payments of one type. `default`: the fees of the other types again. */
const termsOfType: fc.Arbitrary<Command> = fc
  .record({
    method: fc.constantFrom(...METHOD_TYPES),
    feeBps: fc.constantFrom(0, 110, 9_000, 'default' as const),
    feeFixed: fc.constantFrom(0n, 70n, 900n, 'default' as const),
  })
  .map((wanted) =>
    command(`other fees ${Object.values(wanted).join(' ')}`, async (model, { sim }) => {
      const { table, clock, payments } = sim.world;
      await changeSettings({ table, clock, random: payments.random }, sim.scope, wanted);
      await pass(model, sim, CACHE_MS + 1);
    }),
  );

export const terms: fc.Arbitrary<Command> = fc.oneof(termsOfAll, termsOfType);
