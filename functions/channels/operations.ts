/** `/v1/channels`: a merchant reads its own accounts at channels. Operators alone write them. */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import { listBody, pageOf } from '../api/list.ts';
import type { Call, Caller, Operation } from '../api/operation.ts';
import { type ListParams, noParams, pageShape } from '../api/params.ts';
import type { ConnectedAccount } from '../merchants/accounts.ts';
import { capabilitiesOfChannel } from './capabilities.ts';
import type { ChannelAccount } from './port/port.ts';
import { type AccountHealth, renderAccount } from './wire.ts';

export interface AccountsDeps {
  /** The health of these accounts of the caller, in their order. */
  readonly health: (caller: Caller, accounts: readonly ChannelAccount[]) => Promise<readonly AccountHealth[]>;
}

const OBJECT = 'channel_account';

/** The accounts of the caller's own mode, rendered. Settings are cached for seconds, so no other scope's can be among them. */
async function rendered(
  { health }: AccountsDeps,
  { caller }: Pick<Call, 'caller'>,
  wanted: (account: ConnectedAccount) => boolean = () => true,
) {
  const { accounts } = caller.settings;
  const chosen = accounts.filter(wanted);
  const healths = await health(caller, chosen);
  return chosen.map((account, index) =>
    renderAccount(
      account,
      accounts.indexOf(account) + 1,
      caller.livemode,
      capabilitiesOfChannel(account.channel),
      healths[index]!,
    ),
  );
}

const list: Operation<AccountsDeps, ListParams> = {
  method: 'GET',
  path: '/v1/channels',
  params: z.strictObject(pageShape),
  returns: { object: OBJECT, list: true },
  run: async (deps, call) => {
    const page = pageOf(await rendered(deps, call), {
      params: call.params,
      object: OBJECT,
      idOf: ({ id }) => id,
      createdSecondsOf: () => 0,
    });
    return { status: 200, body: listBody(page, '/v1/channels', (account) => account) };
  },
};

/** @throws 404 for an account of another merchant or mode */
const retrieve: Operation<AccountsDeps, object> = {
  method: 'GET',
  path: '/v1/channels/{id}',
  params: noParams,
  returns: { object: OBJECT },
  run: async (deps, call) => {
    const { id = '' } = call.path;
    const [account] = await rendered(deps, call, (each) => each.account === id);
    if (!account) throw noSuch(OBJECT, id);
    return { status: 200, body: account };
  },
};

export const channelOperations = [list, retrieve] as const;
