/** The rules of the layout: who may import whom, how large a file may be, and where AWS is spoken to. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { circlesIn, importsOf, LAYERS, sourcesIn, structure } from '../../bin/local/structure.ts';

const functions = sourcesIn('functions');
const found = structure();

/** Imports that still point up: each goes with a change of its own. */
const STILL_UP = new Set([
  'functions/checkout/ending.ts → functions/recovery/resolve.ts',
  'functions/customers/operations/customers.ts → functions/payment-methods/attachment.ts',
  'functions/customers/operations/customers.ts → functions/payment-methods/method.ts',
  'functions/customers/operations/customers.ts → functions/payments/deps.ts',
  'functions/customers/operations/reads.ts → functions/payment-methods/attachment.ts',
  'functions/customers/operations/reads.ts → functions/payment-methods/method.ts',
  'functions/customers/operations/reads.ts → functions/payments/deps.ts',
  'functions/customers/operations/removal.ts → functions/payment-methods/attachment.ts',
  'functions/customers/operations/removal.ts → functions/payment-methods/method.ts',
  'functions/customers/operations/removal.ts → functions/payments/deps.ts',
  'functions/disputes/wire.ts → functions/stream/posting.ts',
  'functions/ledger/post.ts → functions/stream/change.ts',
  'functions/ledger/post.ts → functions/stream/posting.ts',
  'functions/merchants/merchant.ts → functions/channels/port/port.ts',
  'functions/payment-methods/method.ts → functions/payments/attempt.ts',
  'functions/payment-methods/method.ts → functions/payments/payment.ts',
  'functions/payment-methods/method.ts → functions/payments/payment-kind.ts',
  'functions/payment-methods/source-card.ts → functions/payments/attempt.ts',
  'functions/vault/params.ts → functions/vault/card.ts',
  'functions/payments/charge-wire.ts → functions/risk/reviews/review.ts',
  'functions/payments/commit-outcome.ts → functions/checkout/store.ts',
  'functions/payments/commit.ts → functions/stream/posting.ts',
  'functions/payments/events.ts → functions/risk/reviews/review.ts',
  'functions/payments/intents.ts → functions/setup-intents/mandates.ts',
  'functions/payments/risk-outcome.ts → functions/risk/reviews/review.ts',
  'functions/payments/store.ts → functions/disputes/dispute.ts',
  'functions/payments/store.ts → functions/stream/posting.ts',
  'functions/payments/wire.ts → functions/risk/reviews/review.ts',
  'functions/payouts/deps.ts → functions/settlement/deps.ts',
  'functions/payouts/operations.ts → functions/settlement/report-key.ts',
  'functions/payouts/requests.ts → functions/stream/posting.ts',
  'functions/refunds/refunds.ts → functions/stream/posting.ts',
  'functions/setup-intents/confirm.ts → functions/checkout/store.ts',
  'functions/table/record.ts → functions/api/operation.ts',
  'functions/vault/card.ts → functions/payments/attempt.ts',
  'functions/payments/charges/charges.ts → functions/notifications/store.ts',
  'functions/risk/features/count.ts → functions/notifications/messages.ts',
  'functions/risk/features/count.ts → functions/risk/reviews/review.ts',
  'functions/risk/features/features.ts → functions/notifications/messages.ts',
  'functions/risk/port/port.ts → functions/payments/attempt.ts',
  'functions/stream/kind/projection.ts → functions/recovery/janitor.ts',
]);

describe('functions', () => {
  it('are all in a folder of the list of layers', () => {
    expect(found.unknown).toEqual([]);
    expect(LAYERS.flat().filter((folder) => !found.lines.has(folder))).toEqual([]);
  });

  it('depend on lower layers and on folders to the left in their own', () => {
    expect(found.up.filter((line) => !STILL_UP.has(line))).toEqual([]);
  });

  it('reach for the product’s own infrastructure, tests or tools nowhere', () => {
    const wrong = functions.flatMap((file) =>
      importsOf(file).filter(
        (target) => /^(lib|test|bin)\//.test(target) || /^(aws-cdk|constructs|vitest)/.test(target),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('stand in no circle: what a file imports never comes back to it', () => {
    expect(circlesIn(functions)).toEqual([]);
    expect(circlesIn(sourcesIn('lib'))).toEqual([]);
  });

  it('speak to AWS in entries, wiring, clients and stores only', () => {
    const speakers = functions.filter((file) => importsOf(file).some((target) => target.startsWith('@aws-sdk/')));
    const allowed = /^functions\/(entries|table)\/|\/(store|client|keys|files|start|queue)\.ts$/;
    expect(speakers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('import the sandbox from its own entries and that of the operator only', () => {
    const knowing = functions.filter(
      (file) =>
        !/^functions\/(sandbox\/|entries\/sandbox-)/.test(file) &&
        importsOf(file).some((target) => target.startsWith('functions/sandbox/')),
    );
    expect(knowing).toEqual(['functions/entries/merchants-operator.ts']);
  });
});

it('the infrastructure knows functions by their names in lib/functions.json, and imports none of their code', () => {
  const wrong = sourcesIn('lib').filter((file) => importsOf(file).some((target) => target.startsWith('functions/')));
  expect(wrong).toEqual([]);
});

describe('every file', () => {
  const files = [...functions, ...sourcesIn('lib'), ...sourcesIn('bin'), ...sourcesIn('test')];

  it('is read in one sitting: at most 360 lines', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 361)).toEqual([]);
  });

  it('begins by saying what it is for, in functions', () => {
    const documented = (file: string): boolean => readFileSync(file, 'utf8').startsWith('/**');
    expect(functions.filter((file) => !documented(file))).toEqual([]);
  });

  it('has no default export where no tool asks for one, and no leftover marks', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''));
    const wrong = files.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return marks.test(text) || (/^export default/m.test(text) && !file.endsWith('vitest.config.ts'));
    });
    expect(wrong).toEqual([]);
  });
});
