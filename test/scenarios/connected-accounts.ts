/** What the operator's commands about channels run on in a test: the world's table, and a channel that is not the sandbox. */
import * as z from 'zod/mini';
import type { Instruments } from '../../functions/channels/port/capabilities.ts';
import type { CredentialCheck } from '../../functions/channels/port/credentials.ts';
import type { CallbackDeps } from '../../functions/operator/callbacks.ts';
import type { Connectable, ConnectDeps } from '../../functions/operator/channels.ts';
import { packJson } from '../../functions/table/pack.ts';
import { fakeCipher, type World, type WorldTable } from '../world/world.ts';

/** Credentials of the channel `psp`, which has both environments. */
const schema = z.strictObject({ environment: z.enum(['test', 'live']), secretKey: z.string() });

const INSTRUMENTS: Instruments = {
  card: { currencies: ['usd', 'eur'], capture: 'later' },
  wallets: { alipay: { currencies: ['cny'], capture: 'at_once', needsPayer: true } },
};

export interface Connecting extends ConnectDeps, CallbackDeps {
  /** What was tried, as JSON. */
  readonly tried: string[];
  /** What the channel says of the next credentials; accepted by default. */
  answer: CredentialCheck;
}

/** The channels `psp` and `sandbox`, as an operator connects accounts to them. */
export function connecting<T extends WorldTable>({
  table,
  clock,
  payments,
  learning,
  merchants,
  state,
}: World<T>): Connecting {
  const tried: string[] = [];
  const psp: Connectable = {
    capabilities: INSTRUMENTS,
    schema,
    capturesAtOnce: (credentials) => JSON.stringify(credentials).includes('without-holds'),
    check: async (account, credentials) => {
      tried.push(JSON.stringify([account.channel, credentials]));
      return deps.answer;
    },
  };
  const channels: Readonly<Record<string, Connectable>> = {
    psp,
    sandbox: {
      ...psp,
      schema: z.object({ apiKey: z.string(), callbackSecrets: z.array(z.string()) }),
      open: () => merchants.openSandbox({ further: true }),
    },
  };
  const deps: Connecting = {
    table,
    clock,
    random: payments.random,
    cipher: fakeCipher,
    connectable: async (name) => channels[name],
    publicUrl: 'https://pay.example.com',
    payments: learning,
    enqueue: async (message) => void state.queues.callbacks.push(packJson(message)),
    tried,
    answer: { kind: 'accepted' },
  };
  return deps;
}
