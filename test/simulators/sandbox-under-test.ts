/** The sandbox as a channel of the contract suite: over HTTP, with payers that use its pages and responses that a test loses. */

import type { CallbackFact } from '../../functions/channels/port/port.ts';
import { sandboxCallbacks, verifiedCallback } from '../../functions/channels/sandbox/callback.ts';
import { systemRandom } from '../../functions/kernel/clock.ts';
import { type HttpClient, HttpFailure, httpClient } from '../../functions/kernel/http-client.ts';
import { channelReference, newObjectKey } from '../../functions/kernel/ids.ts';
import type { ChannelUnderTest } from '../scenarios/channel-bench.ts';
import { memoryTable } from '../world/memory-table.ts';
import { postForm, press, SCOPE, sandboxFixture } from './sandbox-channel.ts';
import { type VoidAnswers, withoutQueries } from './unqueried.ts';

/** The buttons of the page of a challenge. */
const PASSES = { approve: 'complete', decline: 'fail' } as const;

/** `unqueried`: as a channel that answers no queries. */
export async function sandboxUnderTest(unqueried?: VoidAnswers): Promise<ChannelUnderTest> {
  let lost: 'request' | 'response' | undefined;
  const http: HttpClient = async (request) => {
    const losing = lost;
    lost = undefined;
    const answer = losing === 'request' ? undefined : await httpClient(request);
    if (losing || !answer) throw new HttpFailure('the connection failed (ECONNRESET)');
    return answer;
  };
  const { sandbox, clock, opened, account, channel, controls } = await sandboxFixture(memoryTable(), {}, http);
  const reported: CallbackFact[] = [];
  const report = (fact: CallbackFact): void => void reported.push(fact);
  const kept = { nowMs: () => clock.nowMs(), report, requests: new Map<string, string>(), violations: [] };
  const signed = () => Promise.all(sandbox.due.map((each) => sandbox.signed(each)));
  return {
    channel: unqueried ? withoutQueries(channel, { ...kept, voids: unqueried }) : channel,
    account,
    clock,
    reference: (ordinal) => channelReference(SCOPE, newObjectKey(clock.nowMs(), systemRandom), ordinal),
    returnUrl: 'https://shop.example/return',
    async payer(action, decision) {
      const url = action.kind === 'qr_code' ? action.data : 'url' in action ? action.url : '';
      if (action.kind === 'form') await postForm(url, new URLSearchParams(action.fields).toString());
      else await httpClient({ method: 'GET', url, timeoutMs: 30_000 });
      await press(url, url.includes('/challenges/') ? PASSES[decision] : decision);
    },
    lose: (what) => {
      lost = what;
    },
    verifying: {
      module: sandboxCallbacks,
      material: { callbackSecrets: [opened.callbackSecret] },
      otherMaterial: { callbackSecrets: ['another'] },
    },
    signed,
    async dispute(reference) {
      const facts = await controls.openDispute({ reference, account, id: 'd1', kind: 'chargeback', reason: 'general' });
      if (!facts) throw new Error('the sandbox opened no dispute');
      return facts.id;
    },
    async callbacks() {
      const facts = (await signed()).flatMap(
        ({ raw, headers }) => verifiedCallback(raw, headers, [opened.callbackSecret], clock.nowMs())?.facts ?? [],
      );
      return [...facts, ...reported];
    },
    close: () => sandbox.close(),
  };
}
