/** Alipay behind the channel port: HTTP out, outcomes in. A missing, unreadable or unverified answer is unknown (I15). */
import type { Channel } from '../port/channel.ts';
import type { CredentialCheck } from '../port/credentials.ts';
import type {
  AttemptState,
  AuthorizeRequest,
  ChannelAccount,
  OperationOutcome,
  PaymentAtChannel,
} from '../port/port.ts';
import { CAPABILITIES, TIMING } from './capabilities.ts';
import { notPossible } from './errors.ts';
import { type AlipayDeps, type Answer, type Gateway, gatewayOf } from './gateway.ts';
import { captureHold, closeHold, placeHold, queryHold, releaseHold } from './holds.ts';
import { classOfAnswer, closeOrder, isRefused, NO_CREDENTIALS, placeOrder, queryOrder } from './orders.ts';
import { queryRefund, refundTrade } from './refunds.ts';

/** Alipay takes no cards, and can be asked about everything. It lists nothing by time, except in its statements. */
export type AlipayChannel = Channel & Required<Pick<Channel, 'queryAttempt' | 'queryRefund' | 'checkCredentials'>>;

export function alipayChannel(deps: AlipayDeps): AlipayChannel {
  const at = async <T>(account: ChannelAccount, run: (gateway: Gateway) => Promise<T> | T) => {
    const gateway = await gatewayOf(deps, account);
    // Nothing was sent. A later query finds that out: an outage of ours is never reported as a decline.
    return gateway ? run(gateway) : NO_CREDENTIALS;
  };
  return {
    capabilities: CAPABILITIES,
    timing: TIMING,
    checkCredentials: async (account) =>
      checked(await at(account, (gateway) => gateway.exchange('alipay.trade.query', { biz: NO_TRADE }))),
    authorize: (request) => at(request.account, (gateway) => authorize(gateway, request)),
    capture: (request) => at(request.account, (gateway) => captureHold(gateway, request)),
    increment: async () => NO_INCREMENT,
    close: (order) => at(order.account, (gateway) => close(gateway, order, deps.nowMs())),
    void: (request) => at(request.account, (gateway) => releaseHold(gateway, request)),
    refund: (request) => at(request.account, (gateway) => refundTrade(gateway, request)),
    async queryAttempt(query) {
      const state = await at(query.account, (gateway) => queryAttempt(gateway, query));
      return 'attempt' in state ? state : { attempt: state, operations: new Map() };
    },
    queryRefund: (query) => at(query.account, (gateway) => queryRefund(gateway, query, deps.nowMs())),
    answerDispute: async () => NO_DISPUTES,
  };
}

/** A number that no payment has: Alipay says so to an application that proves itself, with a signature that the credentials verify. */
const NO_TRADE = { out_trade_no: 'credentials_check' };

function checked(answer: Answer): CredentialCheck {
  if (answer.kind === 'answered' || isRefused(answer, 'ACQ.TRADE_NOT_EXIST')) return { kind: 'accepted' };
  if (answer.kind === 'unknown') return { kind: 'unknown', reason: answer.reason };
  const reason = answer.subCode || answer.code;
  return classOfAnswer(answer) === 'configuration' ? { kind: 'refused', reason } : { kind: 'unknown', reason };
}

const NO_INCREMENT: OperationOutcome = { kind: 'failed', decline: notPossible('card_declined', 'no increment') };
/** Complaints of payers are no chargebacks: they have no evidence, and move no money by themselves. */
const NO_DISPUTES: OperationOutcome = { kind: 'failed', decline: notPossible('dispute_closed', 'no disputes') };

function authorize(gateway: Gateway, request: AuthorizeRequest) {
  const { instrument } = request;
  if (instrument.kind !== 'wallet') throw new Error('Alipay takes no cards');
  return request.capture ? placeOrder(gateway, request) : placeHold(gateway, request);
}

const holds = ({ products }: Gateway): boolean => products.includes('preauth');

/** A record without handles does not say whether its amount is held: both are closed. */
async function close(gateway: Gateway, order: PaymentAtChannel, nowMs: number): Promise<OperationOutcome> {
  const held = holds(gateway) ? await closeHold(gateway, order) : NOT_FOUND;
  return held.kind === 'not_found' ? closeOrder(gateway, order, nowMs) : held;
}

const NOT_FOUND = { kind: 'not_found' } as const;

async function queryAttempt(gateway: Gateway, query: Parameters<typeof queryHold>[1]): Promise<AttemptState> {
  if (query.handles?.auth_no !== undefined) return queryHold(gateway, query);
  const attempt = await queryOrder(gateway, query.reference);
  return attempt.kind === 'not_found' && holds(gateway)
    ? queryHold(gateway, query)
    : { attempt, operations: new Map() };
}
