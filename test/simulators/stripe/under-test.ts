/** Stripe as a channel of the contract suite: over HTTP, with payers that use its pages and responses that a test loses. */
import type { CallbackFact } from '../../../functions/channels/port/port.ts';
import { EVENT_TYPES, stripeCallbacks } from '../../../functions/channels/stripe/callback.ts';
import { type StripeChannel, stripeChannel } from '../../../functions/channels/stripe/client.ts';
import { disputeName } from '../../../functions/channels/stripe/map.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { type HttpClient, HttpFailure, httpClient } from '../../../functions/kernel/http-client.ts';
import { channelReference, newObjectKey, type Scope } from '../../../functions/kernel/ids.ts';
import type { ChannelUnderTest } from '../../scenarios/channel-bench.ts';
import { type HandClock, handClock } from '../sandbox-server.ts';
import { type StripeSimulator, startStripe } from './server.ts';

const SCOPE = 'Scope001' as Scope;

export interface StripeUnderTest extends ChannelUnderTest {
  readonly channel: StripeChannel;
  readonly clock: HandClock;
  readonly simulator: StripeSimulator;
}

export async function stripeUnderTest(): Promise<StripeUnderTest> {
  let lost: 'request' | 'response' | undefined;
  let isQuery = false;
  const http: HttpClient = async (request) => {
    // An operation may have to find its payment first: what is lost is the operation.
    const losing = request.method === 'POST' || isQuery ? lost : undefined;
    if (losing) lost = undefined;
    const answer = losing === 'request' ? undefined : await httpClient(request);
    if (losing || !answer) throw new HttpFailure('the connection failed (ECONNRESET)');
    return answer;
  };
  const clock = handClock();
  const simulator = await startStripe({ nowMs: () => clock.nowMs() });
  const credentials = () => ({
    environment: 'test',
    secretKey: simulator.secretKey,
    webhookSecrets: simulator.secrets.slice(-2),
    statementPrefix: 'SHOP',
  });
  simulator.enabledEvents = EVENT_TYPES;
  const client = stripeChannel({
    http,
    nowMs: () => clock.nowMs(),
    baseUrl: simulator.url,
    credentials: async (_, schema) => schema.parse(credentials()),
  });
  const channel: StripeChannel = {
    ...client,
    async queryAttempt(query) {
      isQuery = true;
      return client.queryAttempt(query).finally(() => {
        isQuery = false;
      });
    },
  };
  const material = { environment: 'test' as const, webhookSecrets: simulator.secrets, account: undefined };
  const intentOf = (reference: string) =>
    [...simulator.books.intents.values()].find(({ metadata }) => metadata.sluice_reference === reference)!;
  return {
    channel,
    simulator,
    account: { channel: 'stripe', account: 'main' },
    clock,
    reference: (ordinal) => channelReference(SCOPE, newObjectKey(clock.nowMs(), systemRandom), ordinal),
    returnUrl: 'https://pay.example/v1/return/1',
    async payer(action, decision) {
      if (action.kind !== 'redirect') throw new Error(`no page but ${action.kind}`);
      await httpClient({
        method: 'POST',
        url: action.url,
        body: `result=${decision === 'approve' ? 'complete' : 'fail'}`,
        timeoutMs: 30_000,
      });
    },
    lose: (what) => {
      lost = what;
    },
    verifying: {
      module: stripeCallbacks,
      material,
      otherMaterial: { ...material, webhookSecrets: ['whsec_another_secret'] },
    },
    signed: async () => simulator.signed(),
    dispute: async (reference) => disputeName(simulator.dispute(intentOf(reference).chargeId!, 'fraudulent')),
    async callbacks() {
      const facts: CallbackFact[] = [];
      for (const { raw, headers } of simulator.signed()) {
        const verified = await stripeCallbacks.verify(raw, headers, material, clock.nowMs());
        if (verified.kind === 'verified') facts.push(...verified.facts);
        else if (verified.kind !== 'noted') throw new Error(`an event is ${verified.kind}`);
      }
      return facts;
    },
    close: () => simulator.close(),
  };
}
