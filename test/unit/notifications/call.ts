/** A call of an operation, as `http` hands it over. */

import type { Call, Caller } from '../../../functions/api/operation.ts';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import type { Currency } from '../../../functions/kernel/money.ts';
import { SCOPE } from './images.ts';

const callerOf = (scope: Scope): Caller => ({
  scope,
  merchant: 'acct_1',
  livemode: false,
  keyType: 'secret',
  keyId: 'key_test',
  settings: {
    version: 1,
    merchant: 'acct_1',
    name: 'Acme',
    livemode: false,
    country: 'US',
    defaultCurrency: 'usd' as Currency,
    timeZone: 'UTC',
    fees: { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 },
    payoutDelayDays: 2,
    minimumPayout: 1n,
    minimumPayouts: {},
    refundOverdraft: false,
    bankAccount: { id: 'ba_1', holder: 'Acme', bankName: 'Bank', country: 'US', last4: '6789' },
    scopeSecret: 'c2VjcmV0',
    accounts: [],
    shards: 4,
  },
});

export const callOf = <Params>(
  params: Params,
  path: Readonly<Record<string, string>> = {},
  scope: string = SCOPE,
  lock: Partial<Call['lock']> = {},
): Call<Params> => ({
  caller: callerOf(scope as Scope),
  params,
  path,
  requestId: 'req_1',
  apiVersion: '2026-10-28.endive',
  lock: { objectKey: 'VVrda1w0EndpointBody00' as ObjectKey, resumed: false, ...lock },
  expand: [],
});
