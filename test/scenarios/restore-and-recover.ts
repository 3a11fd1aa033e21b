/** A restore and a recovery in the in-process product, as docs/runbook.md has them: what a test loses, and how it comes back. */
import type Stripe from 'stripe';
import { expect } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { auditBooks, sumsOf } from '../../functions/operator/audit-balances.ts';
import { type RecoveryStep, recoverStep } from '../../functions/operator/recovery.ts';
import { type RepairStep, repair } from '../../functions/operator/repair.ts';
import type { TableName } from '../../functions/table/table.ts';
import type { App } from '../world/app.ts';
import { momentOf, restoreTo } from '../world/restored-tables.ts';
import { scopeOf } from '../world/world.ts';

export const FAMILY: readonly TableName[] = ['payments', 'ledger', 'events', 'search'];

export interface Lost {
  readonly from: string;
  readonly restore: () => Promise<void>;
}

export const automatic = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

export type Recovering = ReturnType<typeof recoveringOf>;

/** The steps, on this product. */
export function recoveringOf(app: App) {
  /** The moment that will be restored; `restore` loses everything since, by default also the idempotency keys. */
  function moment(names: readonly TableName[] = [...FAMILY, 'idempotency']): Lost {
    const then = momentOf(app.world.table, names);
    return {
      from: new Date(app.world.clock.nowMs()).toISOString(),
      restore: () => restoreTo(app.world.table, then),
    };
  }

  async function recoverAll(from: string, dryRun = false): Promise<Omit<RecoveryStep, 'cursor'>> {
    const steps: RecoveryStep[] = [];
    do {
      const cursor = steps.at(-1)?.cursor;
      const command = { command: 'recover', merchant: app.merchant.merchant, mode: 'test', from, dryRun };
      steps.push(
        (await recoverStep(app.world.payments, {
          ...command,
          ...(cursor !== undefined && { cursor }),
        })) as RecoveryStep,
      );
    } while (steps.at(-1)?.cursor !== undefined);
    return {
      listed: steps.reduce((sum, { listed }) => sum + listed, 0),
      made: steps.flatMap(({ made }) => made),
      learned: steps.flatMap(({ learned }) => learned),
      verifications: steps.reduce((sum, { verifications }) => sum + verifications, 0),
      unbooked: steps.flatMap(({ unbooked }) => unbooked),
    };
  }

  async function repairAll(): Promise<RepairStep> {
    const { table, clock, payments } = app.world;
    const scope = scopeOf(table, app.merchant);
    const settings = await loadSettings(table, scope);
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    const days = { from: day(clock.nowMs() - 8 * 86_400_000), to: day(clock.nowMs() + 86_400_000), dryRun: false };
    let step: RepairStep | undefined;
    do {
      step = await repair({ table, clock, random: payments.random }, scope, settings, {
        ...days,
        cursor: step?.cursor,
      });
    } while (step.cursor !== undefined);
    return step;
  }

  /** Sums of the accounts. */
  async function books(): Promise<Readonly<Record<string, bigint>>> {
    const scope = scopeOf(app.world.table, app.merchant);
    const { shards } = await loadSettings(app.world.table, scope);
    const { totals, differences } = await auditBooks(app.world.table, scope, shards, app.world.clock.nowMs() + 1);
    expect(differences).toEqual([]);
    for (const [, sum] of sumsOf(totals)) expect(sum).toBe(0n);
    return Object.fromEntries(Object.entries(totals).filter(([, amount]) => amount !== 0n));
  }

  const money = async (id: string): Promise<object> => {
    const intent = await app.stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    const charge = intent.latest_charge as Stripe.Charge | null;
    const { card } = charge?.payment_method_details ?? {};
    return {
      id: intent.id,
      status: intent.status,
      amounts: [intent.amount, intent.amount_capturable, intent.amount_received, intent.capture_method === 'manual'],
      charge: charge && [charge.id, charge.status, charge.amount, charge.amount_captured, charge.amount_refunded],
      card: card && [card.brand, card.last4, card.funding],
      disputed: charge?.disputed,
    };
  };

  const pay = (changes: Partial<Stripe.PaymentIntentCreateParams> = {}, idempotencyKey?: string) =>
    app.stripe.paymentIntents.create(
      { amount: 5_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true, ...automatic, ...changes },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );
  return { moment, recoverAll, repairAll, books, money, pay };
}
