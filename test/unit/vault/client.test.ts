import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { packJson, unpackJson } from '../../../functions/table/pack.ts';
import { lambdaVault } from '../../../functions/vault/client.ts';
import type { ForwardRequest } from '../../../functions/vault/port/port.ts';
import { SCOPE, USD } from '../../simulators/sandbox-channel.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** The vault as payments sees it, before a Lambda service that answers like this. */
async function vaultBehind(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return lambdaVault(new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }), 'vault-forward');
}

const request: AuthorizeRequest = {
  reference: `${SCOPE}0ABCDEF0ZZZZZZZZZZZZZZ1` as ChannelReference,
  account: { channel: 'sandbox', account: 'a' },
  createdMs: 1_800_000_000_000,
  amount: 1000n,
  currency: USD,
  capture: true,
  instrument: { kind: 'vault', paymentMethod: 'pm_0ABCDEF0ZZZZZZZZZZZZZZ' },
  offSession: false,
};

const CAPTURED = { kind: 'captured', authorizationCode: 'A1', amount: 1000n };
const DISPUTE = {
  dispute: {
    id: '1',
    kind: 'chargeback',
    amount: 5n,
    currency: 'usd',
    fee: 1n,
    reason: 'fraudulent',
    openedMs: 1,
    dueMs: 2,
  },
  outcome: { kind: 'opened' },
};

describe('lambdaVault', () => {
  test('sends the request and reads the outcome, amounts as bigint', async () => {
    let sent: ForwardRequest | undefined;
    const vault = await vaultBehind(async (incoming, outgoing) => {
      let text = '';
      for await (const chunk of incoming) text += String(chunk);
      sent = unpackJson<ForwardRequest>(text);
      outgoing.writeHead(200).end(packJson({ kind: 'captured', authorizationCode: 'A1', amount: 1000n }));
    });

    const outcome = await vault.forward({ scope: SCOPE, request });

    // The vault of 0.1 may still answer during an upgrade: it reads `card`.
    expect(sent).toEqual({ scope: SCOPE, request: { ...request, card: request.instrument } });
    expect(outcome).toEqual({ kind: 'captured', authorizationCode: 'A1', amount: 1000n });
  });

  test.each<[string, RequestListener, string]>([
    [
      'the function failed or ran out of time',
      (_, outgoing) =>
        outgoing.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorMessage":"4242424242424242"}'),
      'the vault failed',
    ],
    ['the answer is empty', (_, outgoing) => outgoing.writeHead(200).end(), 'the vault failed'],
    [
      'the answer is not JSON',
      (_, outgoing) => outgoing.writeHead(200).end('<html>'),
      'the vault did not respond (SyntaxError)',
    ],
    [
      'the service throttles',
      (_, outgoing) => outgoing.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' }).end('{}'),
      'the vault did not respond (TooManyRequestsException)',
    ],
    ['the service fails', (_, outgoing) => outgoing.writeHead(500).end('{}'), 'the vault did not respond (Unknown)'],
    ['the connection breaks', (incoming) => incoming.socket.destroy(), 'the vault did not respond (TimeoutError)'],
  ])('when %s the outcome is unknown, and nothing is sent again', async (_, listener, reason) => {
    let count = 0;
    const vault = await vaultBehind((incoming, outgoing) => {
      count++;
      listener(incoming, outgoing);
    });

    expect(await vault.forward({ scope: SCOPE, request })).toEqual({ kind: 'unknown', reason });
    expect(count).toBe(1);
  });

  test.each([
    ['of no known kind', { kind: 'refunded' }],
    ['without a kind', { amount: 1000n }],
    ['that is a list', []],
    ['that is null', null],
    ['captured without an amount', { kind: 'captured', authorizationCode: 'A1' }],
    ['captured over an amount that is a text', { kind: 'captured', authorizationCode: 'A1', amount: '1000' }],
    ['authorized without a code', { kind: 'authorized' }],
    ['failed without a decline', { kind: 'failed' }],
    [
      'with a dispute without its amount',
      { ...CAPTURED, disputes: [{ dispute: { id: '1' }, outcome: { kind: 'opened' } }] },
    ],
    ['whose funds are something else than available', { ...CAPTURED, fundsAvailable: 'soon' }],
    ['with an action of no known kind', { kind: 'requires_action', action: { kind: 'dance' } }],
    ['with an action without its address', { kind: 'requires_action', action: { kind: 'redirect' } }],
  ])('an outcome %s is unknown', async (_, outcome) => {
    const vault = await vaultBehind((_incoming, outgoing) => outgoing.writeHead(200).end(packJson(outcome)));

    expect(await vault.forward({ scope: SCOPE, request })).toEqual({ kind: 'unknown', reason: 'the vault failed' });
  });

  test.each<[string, object]>([
    ['unknown', { reason: 'no answer' }],
    ['pending', {}],
    ['requires_action', { action: { kind: 'form', url: 'https://bank.example', fields: { md: '1' }, expiresMs: 5 } }],
    ['approved', {}],
    ['authenticated', {}],
    ['failed', { decline: { class: 'soft', code: 'x', message: 'y', networkCode: '05' }, checks: { cvc: 'fail' } }],
    ['authorized', { authorizationCode: 'A1', amount: 5n, features: ['increment'], newer: 'member' }],
    ['captured', { authorizationCode: 'A1', amount: 5n, wallet: { transaction: 't' } }],
    ['captured', { authorizationCode: 'A1', amount: 5n, fundsAvailable: true, disputes: [DISPUTE] }],
  ])('an outcome that is %s comes whole, with members of a later release', async (kind, members) => {
    const vault = await vaultBehind((_, outgoing) => outgoing.writeHead(200).end(packJson({ kind, ...members })));

    expect(await vault.forward({ scope: SCOPE, request })).toEqual({ kind, ...members });
  });
});
