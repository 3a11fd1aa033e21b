/**
 * The money and security core that `npm run mutate` mutates, each file with the tests that run against its mutants. The tests of a file
 * call it directly or through few layers, so that a mutant is decided in a second.
 */
export interface Target {
  readonly file: string;
  readonly tests: readonly string[];
}

/** Least share of the mutants of one file, in per cent, that a test detects. */
export const LEAST_SCORE = 90;

export const TARGETS: readonly Target[] = [
  { file: 'functions/kernel/money.ts', tests: ['test/unit/kernel/money.test.ts'] },
  { file: 'functions/ledger/entry.ts', tests: ['test/unit/ledger/entry.test.ts'] },
  {
    file: 'functions/ledger/rules.ts',
    tests: ['test/unit/ledger/rules.test.ts', 'test/unit/ledger/golden.test.ts', 'test/unit/ledger/disputes.test.ts'],
  },
  {
    file: 'functions/stream/posting.ts',
    tests: ['test/unit/stream/posting.test.ts', 'test/unit/ledger/posting-objects.test.ts'],
  },
  ...['payments', 'refunds', 'payouts', 'disputes'].map((folder) => ({
    file: `functions/${folder}/entries.ts`,
    tests: ['test/unit/stream/posting.test.ts', 'test/unit/ledger/posting-objects.test.ts'],
  })),
  { file: 'functions/payments/fees.ts', tests: ['test/unit/stream/posting.test.ts'] },
  { file: 'functions/ledger/post.ts', tests: ['test/unit/ledger/post.test.ts'] },
  { file: 'functions/ledger/late-entries.ts', tests: ['test/unit/ledger/late-entries.test.ts'] },
  { file: 'functions/ledger/checkpoint.ts', tests: ['test/unit/ledger/late-entries.test.ts'] },
  { file: 'functions/operator/audit-balances.ts', tests: ['test/unit/operator/audit-balances.test.ts'] },
  {
    file: 'functions/payments/outcome-table.ts',
    tests: [
      'test/unit/payments/outcome-table.test.ts',
      'test/unit/payments/outcome-amounts.test.ts',
      'test/unit/payments/outcome-meaning.test.ts',
      'test/unit/payments/reported-amounts.test.ts',
    ],
  },
  {
    file: 'functions/payments/outcome.ts',
    tests: [
      'test/unit/payments/outcome-table.test.ts',
      'test/unit/payments/outcome-amounts.test.ts',
      'test/unit/payments/outcome.test.ts',
      'test/unit/payments/reported-amounts.test.ts',
    ],
  },
  {
    file: 'functions/payments/operations/operation-outcome.ts',
    tests: [
      'test/unit/payments/operations/operation-outcome.test.ts',
      'test/unit/payments/late-operation.test.ts',
      'test/unit/payments/amounts.test.ts',
    ],
  },
  { file: 'functions/settlement/netting.ts', tests: ['test/unit/settlement/netting.test.ts'] },
  {
    file: 'functions/settlement/batch.ts',
    tests: [
      'test/unit/settlement/batch.test.ts',
      'test/unit/settlement/batch-again.test.ts',
      'test/unit/settlement/batch-deferred.test.ts',
    ],
  },
  { file: 'functions/settlement/batch-record.ts', tests: ['test/unit/settlement/batch.test.ts'] },
  { file: 'functions/settlement/report.ts', tests: ['test/unit/settlement/report.test.ts'] },
  { file: 'functions/kernel/calendar.ts', tests: ['test/unit/kernel/calendar.test.ts'] },
  {
    file: 'functions/api/idempotency.ts',
    tests: ['test/unit/api/idempotency.test.ts'],
  },
  { file: 'functions/vault/envelope.ts', tests: ['test/unit/vault/envelope.test.ts'] },
  {
    file: 'functions/notifications/sender.ts',
    tests: ['test/unit/notifications/sender.test.ts', 'test/unit/notifications/sender-guards.test.ts'],
  },
  { file: 'functions/notifications/address.ts', tests: ['test/unit/notifications/address.test.ts'] },
  { file: 'functions/api/form.ts', tests: ['test/unit/api/form.test.ts'] },
];
