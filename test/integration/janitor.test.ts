/** A function that its timeout kills between the two commits leaves a payment processing; the janitor asks the channel and finds it paid. */
import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, expect, it } from 'vitest';
import { deployed, eventually, newMerchant } from '../world/deployed.ts';
import { functionNamed, lambdaClient } from '../world/deployed-stack.ts';

const lambda = lambdaClient();
const restore: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of restore.splice(0)) await undo();
});

async function setTimeoutOf(name: string, seconds: number): Promise<void> {
  const { FunctionName } = await functionNamed(name);
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: seconds }));
}

/** Callbacks wait in their queue, so that only the janitor can resolve the payment. */
async function holdCallbacks(hold: boolean): Promise<void> {
  const { FunctionName } = await functionNamed('payments-on-callback');
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: UUID!, Enabled: !hold }));
    await eventually(async () =>
      (await lambda.send(new GetEventSourceMappingCommand({ UUID: UUID! }))).State === (hold ? 'Disabled' : 'Enabled')
        ? true
        : undefined,
    );
  }
}

it('a payment whose function was killed is resolved by asking the channel, and paid once', async () => {
  const { stripe, secretKey } = await newMerchant();
  await holdCallbacks(true);
  restore.push(() => holdCallbacks(false));
  await setTimeoutOf('payments-api', 4);
  restore.push(() => setTimeoutOf('payments-api', 25));
  // A start that is cold on a busy machine takes longer than that: then nothing of the payment would be there when it is killed.
  await eventually(() => stripe.paymentIntents.list());

  const killed = await fetch(`${deployed().baseUrl}/v1/payment_intents`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': 'killed',
    },
    body: 'amount=3100&currency=usd&payment_method=pm_card_sandbox_slow&confirm=true',
  });
  expect(killed.status).toBeGreaterThanOrEqual(500);
  await setTimeoutOf('payments-api', 25);
  const [intent] = (await stripe.paymentIntents.list()).data;
  expect(intent).toMatchObject({ amount: 3100, status: 'processing' });

  const { FunctionName } = await functionNamed('payments-janitor');
  await eventually(async () => {
    const asOfMs = Date.now() + 3 * 60_000;
    await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ asOfMs })) }));
    return (await stripe.paymentIntents.retrieve(intent!.id)).status === 'succeeded' ? true : undefined;
  });

  expect((await stripe.charges.list({ payment_intent: intent!.id })).data).toHaveLength(1);
  const balance = await eventually(async () => {
    const { pending } = await stripe.balance.retrieve();
    return pending[0]!.amount === 3100 - 120 ? pending : undefined;
  });
  expect(balance).toHaveLength(1);
});
