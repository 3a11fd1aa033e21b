/** How a request sends an attempt: through the vault, once risk has decided. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { PaymentsDeps } from '../payments/deps.ts';
import { riskEngine } from '../risk/rules/engine.ts';
import { lambdaVault } from '../vault/client.ts';
import type { Platform } from './platform.ts';

export const sending = ({ env, client, table, clock }: Platform): Pick<PaymentsDeps, 'vault' | 'risk'> => ({
  // One try: an authorization without a response is queried, never sent again (I15).
  vault: lambdaVault(client(LambdaClient, { maxAttempts: 1 }), env.VAULT_FUNCTION!),
  risk: riskEngine(table, clock),
});
