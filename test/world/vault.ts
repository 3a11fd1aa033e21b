/** The vault over an in-memory table, with calls as `http` would make them. */

import type { Call } from '../../functions/api/operation.ts';
import type { CardChannel } from '../../functions/channels/port/card.ts';
import { systemRandom } from '../../functions/kernel/clock.ts';
import { newObjectKey, type ObjectKey } from '../../functions/kernel/ids.ts';
import type { Settings } from '../../functions/merchants/merchant.ts';
import type { Table } from '../../functions/table/table.ts';
import type { VaultDeps } from '../../functions/vault/deps.ts';
import type { ForwardDeps } from '../../functions/vault/forward.ts';
import { dataKeys } from '../../functions/vault/keys.ts';
import { createMethod } from '../../functions/vault/operations.ts';
import { createParams } from '../../functions/vault/params.ts';
import { type FakeKeyService, fakeKeyService } from '../simulators/key-service.ts';
import { SCOPE } from '../simulators/sandbox-channel.ts';
import type { HandClock } from '../simulators/sandbox-server.ts';

export interface VaultFixture {
  readonly deps: VaultDeps;
  readonly keyService: FakeKeyService;
  readonly body: () => ObjectKey;
  readonly forwardDeps: (channel: CardChannel, warnings?: string[]) => ForwardDeps;
  /** Creates a payment method of these parameters and returns its object. */
  readonly create: (
    params: object,
    changes?: { livemode?: boolean; body?: ObjectKey; resumed?: boolean },
  ) => Promise<CreatedMethod>;
}

export interface CreatedMethod {
  readonly id: string;
  readonly card: { readonly fingerprint: string; readonly last4: string; readonly brand: string };
  readonly [name: string]: unknown;
}

export const callOf = <Params>(
  params: Params,
  changes: { livemode?: boolean; body?: ObjectKey; resumed?: boolean; path?: Record<string, string> },
): Call<Params> => ({
  caller: {
    scope: SCOPE,
    merchant: 'acct_1',
    livemode: changes.livemode ?? false,
    keyType: 'secret',
    keyId: 'key_test',
    settings: {} as Settings,
  },
  params,
  path: changes.path ?? {},
  requestId: 'req_1',
  apiVersion: '2026-10-28.endive',
  lock: { objectKey: changes.body ?? ('' as ObjectKey), resumed: changes.resumed ?? false },
  expand: [],
});

export function vaultFixture(table: Table, clock: HandClock): VaultFixture {
  const keyService = fakeKeyService();
  const keys = dataKeys({ table, keyService, clock });
  const deps: VaultDeps = { table, clock, keys, mac: keyService.mac };
  const body = () => newObjectKey(clock.nowMs(), systemRandom);
  return {
    deps,
    keyService,
    body,
    forwardDeps: (channel, warnings = []) => ({
      table,
      keys,
      clock,
      channel: () => channel,
      warn: (message) => warnings.push(message),
    }),
    async create(params, changes = {}) {
      const parsed = createParams.parse(params);
      const reply = await createMethod.run(deps, callOf(parsed, { body: body(), ...changes }), undefined);
      return reply.body as CreatedMethod;
    },
  };
}
