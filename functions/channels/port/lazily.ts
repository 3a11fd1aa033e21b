/**
 * A channel whose client is loaded at its first call. What the channel can do is data and is there at once, so a function that serves many channels
 * starts with none of their clients ([ADR 0035](../../../docs/adr/0035-load-a-channel-at-its-first-call.md)).
 */
import { loadedOnce } from '../../kernel/once.ts';
import type { Bank } from './bank.ts';
import type { Capabilities, Instruments, Timing } from './capabilities.ts';
import type { CardChannel } from './card.ts';
import type { Channel } from './channel.ts';

/** The part of a channel that is there before its client is loaded. */
export interface DescribedChannel {
  readonly capabilities: Capabilities;
  readonly timing: Timing;
}

/**
 * The channel that `load` makes: it is called once, at the first call of an operation, and again only after it failed. A call that cannot load the client
 * rejects, and has sent nothing. The capabilities say which of the members are there that a channel may lack.
 */
export function lazily({ capabilities, timing }: DescribedChannel, load: () => Promise<Channel>): Channel {
  const client = loadedOnce(load);
  const { card, recovery, listedMs, callbacksNameParents } = capabilities;
  const cards: Pick<CardChannel, 'authorizeCard'> = {
    authorizeCard: async (request, clear) => ((await client()) as CardChannel).authorizeCard(request, clear),
  };
  return {
    capabilities,
    timing,
    authorize: async (request) => (await client()).authorize(request),
    capture: async (request) => (await client()).capture(request),
    increment: async (request) => (await client()).increment(request),
    close: async (order) => (await client()).close(order),
    void: async (request) => (await client()).void(request),
    refund: async (request) => (await client()).refund(request),
    answerDispute: async (request) => (await client()).answerDispute(request),
    checkCredentials: async (account) => (await client()).checkCredentials(account),
    ...(card && cards),
    ...(resumes(capabilities) && { resume: async (request) => (await client()).resume!(request) }),
    ...(recovery.payment === 'query' && { queryAttempt: async (query) => (await client()).queryAttempt!(query) }),
    ...(recovery.refund === 'query' && { queryRefund: async (query) => (await client()).queryRefund!(query) }),
    ...(callbacksNameParents && { referenceOf: async (payment) => (await client()).referenceOf!(payment) }),
    ...(listedMs !== undefined && {
      listing: { retentionMs: listedMs, list: async (request) => (await client()).listing!.list(request) },
    }),
  };
}

/** Whether a payment with any of the instruments is completed by a call of ours. */
const resumes = ({ card, wallets }: Instruments): boolean =>
  [card, ...Object.values(wallets)].some((capability) => capability?.resumes === true);

/** The same for the bank of a channel. */
export function lazyBank(load: () => Promise<Bank>): Bank {
  const bank = loadedOnce(load);
  return {
    pay: async (order) => (await bank()).pay(order),
    query: async (order) => (await bank()).query(order),
  };
}
