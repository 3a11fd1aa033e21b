/** A merchant on a stack of its own, whose channels are simulators: what a story about them needs. */
import { join } from 'node:path';
import { ask } from '../../bin/embedded/control/client.ts';
import { Failure } from '../../bin/local/failure.ts';
import { type CreatedMerchant, type Operator, operatorOf, treasuryOf } from '../../bin/local/operator.ts';
import type { RunningStack } from '../../bin/local/place.ts';
import { startEmbedded } from '../../bin/local/start-embedded.ts';
import { type Exchange, linesOf, watchExchanges } from './exchanges.ts';
import { CHANNELS, type ChannelName, type Simulators, startSimulators } from './simulators.ts';

export interface Payment {
  readonly id: string;
  readonly status: string;
  readonly next_action?: Readonly<Record<string, Readonly<Record<string, string>>>> | null;
  readonly error?: { readonly code?: string; readonly message: string };
}

export interface Connected {
  /** `channel/account`, as commands name it. */
  readonly account: string;
  readonly callbacks: string;
}

export interface Shop {
  readonly state: RunningStack;
  readonly simulators: Simulators;
  readonly operator: Operator;
  readonly treasury: Operator;
  readonly merchant: string;
  readonly accounts: Readonly<Record<ChannelName, Connected>>;
  readonly nowMs: () => number;
  /** Moves the clock of the stack and of the simulators. */
  readonly move: (ms: number) => Promise<void>;
  /** A payment that is made, or looked at, with the merchant's key of the mode. An error of the API is in what is returned. */
  readonly make: (mode: 'test' | 'live', params: Readonly<Record<string, string>>) => Promise<Payment>;
  readonly look: (mode: 'test' | 'live', payment: Payment) => Promise<Payment>;
  /** Prints what the simulators and the callbacks' address were asked since the last time. */
  readonly show: () => void;
  readonly close: () => Promise<void>;
}

type Print = (line: string) => void;

const HOUR_MS = 3_600_000;
/** The stack moves in such steps too. */
const STEP_MS = 3 * HOUR_MS;

/** Starts it in a directory that is empty. `print` gets the lines of `show`. */
export async function openShop(directory: string, print: Print): Promise<Shop> {
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const simulators = await startSimulators(nowMs);
  const exchanges: Exchange[] = [];
  const unwatch = watchExchanges((exchange) => void exchanges.push(exchange));
  const stack = await startEmbedded({
    say: () => {},
    port: 0,
    directory: join(directory, 'data'),
    // Beside the data, keys of a live merchant are refused.
    keys: join(directory, 'keys'),
    channelsAt: CHANNELS.map((channel) => `${channel}=${simulators.urls[channel]}`).join(','),
  });
  const { state } = stack;
  const close = async (): Promise<void> => {
    unwatch();
    await stack.stop();
    await simulators.close();
  };
  try {
    const operator = operatorOf(state);
    const created = await operator<CreatedMerchant>('create-merchant', { ...MERCHANT, live: true });
    const { merchant } = created;
    const accounts = {} as Record<ChannelName, Connected>;
    for (const channel of CHANNELS) accounts[channel] = await connect(operator, merchant, channel, simulators);
    const api = apiOf(state.baseUrl, { test: created.test.secretKey, live: created.live!.secretKey });
    const places = new Map(CHANNELS.map((channel) => [new URL(simulators.urls[channel]).port, channel as string]));
    return {
      state,
      simulators,
      operator,
      treasury: treasuryOf(state),
      merchant,
      accounts,
      nowMs,
      async move(ms) {
        for (let rest = ms; rest > 0; rest -= STEP_MS) {
          const step = Math.min(rest, STEP_MS);
          // What the stack does on the way has its new time.
          aheadMs += step;
          const moved = await ask<{ readonly nowMs: number }>(state.socket!, 'advance', { ms: step });
          aheadMs = moved.nowMs - Date.now();
        }
      },
      make: (mode, params) => api(mode, 'POST', '/v1/payment_intents', params),
      look: (mode, { id }) => api(mode, 'GET', `/v1/payment_intents/${id}`),
      show() {
        for (const exchange of exchanges.splice(0)) {
          const who = whoAsks(places, exchange);
          if (who !== undefined) for (const line of linesOf(who, exchange)) print(line);
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const MERCHANT = {
  name: 'Demo Shop',
  country: 'CN',
  currency: 'cny',
  timeZone: 'Asia/Shanghai',
  delayDays: 0,
};

/** `npm run channel -- add`. Its channel is tried first. */
async function connect(operator: Operator, merchant: string, channel: ChannelName, { accounts }: Simulators) {
  const { mode, credentials } = accounts[channel];
  const args = { merchant, mode, channel, environment: mode, priority: 1, credentials };
  return (await operator<{ readonly account: Connected }>('channel-add', args)).account;
}

function apiOf(baseUrl: string, keys: Readonly<Record<'test' | 'live', string>>) {
  return async (
    mode: 'test' | 'live',
    method: string,
    path: string,
    params?: Readonly<Record<string, string>>,
  ): Promise<Payment> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${keys[mode]}` },
      ...(params && { body: new URLSearchParams(params) }),
    });
    return (await response.json()) as Payment;
  };
}

/** Undefined: an exchange that a story about channels is not about. */
function whoAsks(places: ReadonlyMap<string, string>, { url }: Exchange): string | undefined {
  const channel = places.get(url.port);
  if (channel !== undefined) return `${/^\/(payer|qr)\//.test(url.pathname) ? 'payer' : 'Sluice'} → ${channel}`;
  const called = /^\/v1\/channels\/(\w+)\/callbacks\//.exec(url.pathname)?.[1];
  return called === undefined ? undefined : `${called} → Sluice`;
}

/** Throws a Failure where the story does not go on as it should. */
export function assertIs(what: string, found: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (is !== should) throw new Failure(`${what}: ${is}, not ${should}`);
}
