/** The operator. IAM decides which principals may call it. Keys are in its response and in no log. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { checkedCredentials, openChannelAccount } from '../channels/accounts/store.ts';
import { capabilitiesOfChannel, isChannel, WITH_HOSTS } from '../channels/capabilities.ts';
import { capturesAtOnce, credentialsOf } from '../channels/credentials.ts';
import type { ReadCredentials } from '../channels/port/credentials.ts';
import { loadClient } from '../channels/registry.ts';
import { encryptDetails } from '../merchants/bank-details.ts';
import { settingsReader } from '../merchants/store.ts';
import type { Connectable } from '../operator/channels.ts';
import { type OperatorDeps, operate } from '../operator/operator.ts';
import type { OpenedAccount } from '../sandbox/account.ts';
import { settlementStarter } from '../settlement/start.ts';
import { callbacksQueue } from './callbacks-queue.ts';
import { channelsDeps } from './channels.ts';
import { commandsWith } from './commands.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';
import type { Platform } from './platform.ts';
import { secretsCipher } from './secrets.ts';

export function create(on: Platform) {
  const { log } = on;
  const deps = operatorDeps(on);

  return commandsWith(log, (event) => operate(deps, event));
}

function operatorDeps(on: Platform): OperatorDeps {
  const { env, clock, random, table, client } = on;
  const lambda = client(LambdaClient);
  const sfn = client(SFNClient);
  const cipher = secretsCipher({ client, env });
  const openSandbox: OperatorDeps['openSandbox'] = async ({ further }) => {
    const callbackUrl = `${env.PUBLIC_URL!}/v1/channels/sandbox/callbacks/{account}`;
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: env.SANDBOX_ACCOUNT_FUNCTION!,
        Payload: Buffer.from(JSON.stringify({ callbackUrl, further })),
      }),
    );
    if (answer.FunctionError !== undefined || !answer.Payload) throw new Error('the sandbox did not open an account');
    const { account, apiKey, callbackSecret } = JSON.parse(
      Buffer.from(answer.Payload).toString('utf8'),
    ) as OpenedAccount;
    return { account, credentials: { apiKey, callbackSecrets: [callbackSecret] } };
  };
  return {
    table,
    clock,
    random,
    settings: settingsReader(table, clock),
    start: settlementStarter(sfn, env.SETTLEMENT_STATE_MACHINE_ARN!),
    executionOf: async (executionArn) => {
      const { status, output } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return { status: status ?? 'UNKNOWN', ...(output !== undefined && { output: JSON.parse(output) as unknown }) };
    },
    openSandbox,
    encryptBank: (scope, id, details) => encryptDetails(cipher, scope, id, details),
    encryptAccount: async (account) => openChannelAccount(cipher, credentialsOf(account.channel), account),
    channels: {
      cipher,
      publicUrl: env.PUBLIC_URL!,
      payments: paymentsDeps(on, withoutSending),
      enqueue: callbacksQueue(on),
      connectable: async (name) => (isChannel(name) ? connectable(on, name, openSandbox) : undefined),
    },
  };
}

/** A channel, with a client that sends with the credentials that are tried. */
function connectable(on: Platform, name: string, openSandbox: OperatorDeps['openSandbox']): Connectable {
  return {
    capabilities: capabilitiesOfChannel(name),
    schema: credentialsOf(name),
    capturesAtOnce: (credentials) => capturesAtOnce(name, credentials),
    check: async (account, credentials) => {
      const read: ReadCredentials = async (_, schema) => checkedCredentials(account, schema, credentials);
      return (await loadClient(name, channelsDeps(on, read))).checkCredentials(account);
    },
    // Where the stack has the channel itself, it opens the account too.
    ...(!WITH_HOSTS.includes(name) && { open: () => openSandbox({ further: true }) }),
  };
}
