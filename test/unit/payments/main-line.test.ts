/** The main line of a payment (docs/architecture.md): the files between the HTTP entry and a durable write. No file only forwards. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../../../bin/local/structure.ts';
import { createCharge } from '../../../functions/charges/create.ts';
import { paymentsOperations } from '../../../functions/entries/payments-operations.ts';
import { once } from '../../../functions/kernel/once.ts';
import { remembered } from '../../../functions/kernel/remembered.ts';
import { confirmIntent } from '../../../functions/payments/confirm.ts';
import { createIntent } from '../../../functions/payments/create.ts';
import { dynamoTable } from '../../../functions/table/dynamo-table.ts';
import type { Write } from '../../../functions/table/table.ts';
import { tracingCalls } from '../../world/call-path.ts';
import { simulate } from '../../world/simulation.ts';

const INTENTS = '/v1/payment_intents';
const PAY = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa' };
const ENTRY = 'functions/entries/payments-api.ts';

const isPayment = (write: Write): boolean =>
  write.kind === 'put' && write.table === 'payments' && write.item.kind === 'payment';

/** The files on the way from the entry to each write of a payment that the request makes, in the order of the writes. */
async function waysToWrites(
  path: string,
  params: Record<string, string>,
  created?: Record<string, string>,
): Promise<readonly (readonly string[])[]> {
  const sim = await simulate();
  const made = created && (await sim.request('POST', INTENTS, created, 'created'));
  const { table } = sim.world;
  const inMemory = table.commit.bind(table);
  return tracingCalls(async (here) => {
    const ways: (readonly string[])[] = [];
    let sent: readonly [Write, ...Write[]];
    const send = async (): Promise<object> => {
      if (sent.some(isPayment)) ways.push([ENTRY, ...here()]);
      await inMemory(...sent);
      return {};
    };
    const dynamo = dynamoTable({ client: { send } as unknown as DynamoDBClient, nameOf: (name) => name });
    table.commit = (...writes) => {
      sent = writes;
      return dynamo.commit(...writes);
    };
    const { status } = await sim.request('POST', path.replace('{id}', String(made?.body.id)), params, 'traced');
    expect(status).toBe(200);
    return ways;
  });
}

const lineThrough = (operation: string): readonly string[] => [
  'functions/entries/payments-api.ts',
  'functions/api/http.ts',
  operation,
  'functions/table/commit.ts',
  'functions/table/dynamo-table.ts',
];

describe('from the HTTP entry to DynamoDB a request passes five files', () => {
  it('create: at its only commit', async () => {
    expect(await waysToWrites(INTENTS, PAY)).toEqual([lineThrough('functions/payments/create.ts')]);
  });

  it('create and confirm: at the first commit and at the last', async () => {
    const line = lineThrough('functions/payments/create.ts');

    expect(await waysToWrites(INTENTS, { ...PAY, confirm: 'true' })).toEqual([line, line]);
  });

  it('confirm: at the first commit and at the last', async () => {
    const line = lineThrough('functions/payments/confirm.ts');

    expect(await waysToWrites(`${INTENTS}/{id}/confirm`, {}, PAY)).toEqual([line, line]);
  });

  it('a charge without an intent: at the first commit and at the last', async () => {
    const line = lineThrough('functions/charges/create.ts');

    expect(await waysToWrites('/v1/charges', { amount: '1000', currency: 'usd', source: 'tok_visa' })).toEqual([
      line,
      line,
    ]);
  });

  it('with the entry wired as here: its handler, its operations and its table come from these files', () => {
    expect(importsOf(ENTRY)).toEqual(
      expect.arrayContaining([
        'functions/api/http.ts',
        'functions/entries/payments-deps.ts',
        'functions/entries/payments-operations.ts',
      ]),
    );
    expect(importsOf('functions/entries/aws.ts')).toContain('functions/table/dynamo-table.ts');
    expect(paymentsOperations).toEqual(expect.arrayContaining([createIntent, confirmIntent, createCharge]));
  });
});

describe('a file on the way', () => {
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('counts where it only forwards, also without a stack frame since the function it called was resumed', async () => {
    const way = await tracingCalls(async (here) => {
      const forwarding = once(async () => {
        await later();
        return here();
      });
      return forwarding();
    });

    expect(way).toEqual(['functions/kernel/once.ts']);
  });

  it('counts where it waits for the function that it called', async () => {
    const clock = { nowMs: () => 0, sleep: later };

    const way = await tracingCalls(async (here) => {
      const waiting = remembered(clock, async () => {
        await later();
        return here();
      });
      return waiting('');
    });

    expect(way).toEqual(['functions/kernel/remembered.ts']);
  });

  it('does not count where it has returned', async () => {
    const clock = { nowMs: () => 0, sleep: later };

    const way = await tracingCalls(async (here) => {
      await once(later)();
      await remembered(clock, later)('');
      return here();
    });

    expect(way).toEqual([]);
  });
});
