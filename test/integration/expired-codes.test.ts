/** The job that deletes unused security codes, run on the stack with its own role: after their minutes, and not before. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { newMerchant } from '../world/deployed.ts';
import { clientOptions, functionNamed, lambdaClient, tableNames } from '../world/deployed-stack.ts';

const client = new DynamoDBClient(clientOptions());
const tables = await tableNames();

async function hasCode(method: string): Promise<boolean> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tables.get('cvc')!, ConsistentRead: true }));
  return Items.some(({ sk }) => sk?.S === method.slice('pm_'.length));
}

async function sweep(asOfMs: number): Promise<{ readonly deleted: number }> {
  const { FunctionName } = await functionNamed('vault-expired-codes');
  const { FunctionError, Payload } = await lambdaClient().send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ asOfMs })) }),
  );
  const answer = Buffer.from(Payload!).toString('utf8');
  expect([FunctionError, answer]).toEqual([undefined, answer]);
  return JSON.parse(answer) as { deleted: number };
}

it('an unused security code is deleted after 15 minutes', async () => {
  const { stripe } = await newMerchant();
  const { id } = await stripe.paymentMethods.create({
    type: 'card',
    card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' },
  });
  const typedMs = Date.now();
  expect(await hasCode(id)).toBe(true);

  await sweep(typedMs + 10 * 60_000);
  expect(await hasCode(id)).toBe(true);

  expect((await sweep(typedMs + 16 * 60_000)).deleted).toBeGreaterThan(0);
  expect(await hasCode(id)).toBe(false);
});
