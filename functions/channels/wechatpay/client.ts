/** WeChat Pay behind the channel port: orders that their payer pays in one step, and refunds. A missing, unreadable or unverified answer is unknown (I15). */
import type { Channel } from '../port/channel.ts';
import type { ClientDeps } from '../port/client-deps.ts';
import type { CredentialCheck } from '../port/credentials.ts';
import type { AttemptQuery, AttemptState, ChannelAccount, OperationOutcome } from '../port/port.ts';
import { CAPABILITIES, TIMING } from './capabilities.ts';
import { declineOf, isMissing, meaningOf } from './errors.ts';
import { closeOrder, placeOrder, queryOrder, unknown } from './orders.ts';
import { queryRefund, sendRefund } from './refunds.ts';
import { type Answer, CERTIFICATES, certificatesIn, type Gateway, gatewayOf, type LearnedKeys } from './transport.ts';

export type WechatpayChannel = Channel & Required<Pick<Channel, 'queryAttempt' | 'queryRefund' | 'checkCredentials'>>;

const NO_CREDENTIALS = unknown("the account's credentials are not available");
/** The core asks for none of this where the capabilities have no holds and no disputes. */
const NOT_POSSIBLE: OperationOutcome = { kind: 'failed', decline: declineOf('configuration', 'not_possible') };

export function wechatpayChannel(deps: ClientDeps): WechatpayChannel {
  const learned: LearnedKeys = new Map();
  /** Without the credentials nothing was sent. A later query finds that out. */
  const at = async <T>(
    account: ChannelAccount,
    run: (gateway: Gateway) => Promise<T>,
  ): Promise<T | typeof NO_CREDENTIALS> => {
    const gateway = await gatewayOf(deps, learned, account).catch(() => undefined);
    return gateway ? run(gateway) : NO_CREDENTIALS;
  };
  return {
    capabilities: CAPABILITIES,
    timing: TIMING,
    checkCredentials: (account) => check(deps, account),
    authorize(request) {
      const { account, instrument } = request;
      if (instrument.kind !== 'wallet' || !request.capture || request.currency !== 'cny')
        throw new Error('WeChat Pay takes payments in yuan by wallet, in one step');
      return at(account, (gateway) => placeOrder(gateway, request, instrument));
    },
    close: (order) => at(order.account, (gateway) => closeOrder(gateway, order, deps.nowMs())),
    refund: (request) => at(request.account, (gateway) => sendRefund(gateway, request)),
    queryAttempt: (query) => stateOf(query, (run) => at(query.account, run)),
    queryRefund: (query) => at(query.account, (gateway) => queryRefund(gateway, query)),
    capture: async () => NOT_POSSIBLE,
    increment: async () => NOT_POSSIBLE,
    void: async () => NOT_POSSIBLE,
    answerDispute: async () => NOT_POSSIBLE,
  };
}

async function stateOf(
  { reference }: AttemptQuery,
  at: (run: (gateway: Gateway) => ReturnType<typeof queryOrder>) => Promise<AttemptState['attempt']>,
): Promise<AttemptState> {
  return { attempt: await at((gateway) => queryOrder(gateway, reference)), operations: new Map() };
}

/** A number that no order has: WeChat Pay answers it to those alone whose signature it has verified. */
const NO_ORDER = 'credentialscheck';
const ACCEPTED: CredentialCheck = { kind: 'accepted' };

/** The signature is tried by a query, and the APIv3 key, which nothing else would show to be wrong before a callback, by the certificates. */
async function check(deps: ClientDeps, account: ChannelAccount): Promise<CredentialCheck> {
  const { get, credentials } = await gatewayOf(deps, new Map(), account);
  const signed = judged(await get(`/v3/pay/transactions/out-trade-no/${NO_ORDER}?mchid=${credentials.mchid}`));
  if (signed.kind !== 'accepted') return signed;
  const listed = await get(CERTIFICATES);
  if (listed.kind !== 'answered') return judged(listed);
  const opens = certificatesIn(listed.body, credentials.apiV3Keys).length > 0;
  return opens ? ACCEPTED : { kind: 'refused', reason: 'the APIv3 key opens no certificate' };
}

/** An account that has the public key alone has no certificates either. */
function judged(answer: Answer): CredentialCheck {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'answered' || isMissing(answer.code)) return ACCEPTED;
  const kind = meaningOf(answer.code) === 'configuration' ? 'refused' : 'unknown';
  return { kind, reason: answer.code.slice(0, 64) };
}
