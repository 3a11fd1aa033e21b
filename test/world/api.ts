/** The API of the in-process world as API Gateway calls it: one handler per context, by prefix. */
import type { Context } from 'aws-lambda';
import { type HttpDeps, httpHandler } from '../../functions/api/http.ts';
import type { AnyOperation } from '../../functions/api/operation.ts';
import { pageFor } from '../../functions/api/pages.ts';
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../../functions/api/raw-request.ts';
import { ledgerOperations } from '../../functions/balance/operations.ts';
import { channelOperations } from '../../functions/channels/operations.ts';
import { unservedAtChannels } from '../../functions/channels/unserved.ts';
import { unservedAtCheckout } from '../../functions/empty-lists/unserved-at-checkout.ts';
import { unservedAtGateway } from '../../functions/empty-lists/unserved-at-gateway.ts';
import { unservedAtPayments } from '../../functions/empty-lists/unserved-at-payments.ts';
import { unservedAtSettlement } from '../../functions/empty-lists/unserved-at-settlement.ts';
import { isCallback } from '../../functions/entries/channels-callback.ts';
import { checkoutFunctionOperations } from '../../functions/entries/checkout-operations.ts';
import { gatewayOperations } from '../../functions/entries/gateway-operations.ts';
import { paymentsOperations } from '../../functions/entries/payments-operations.ts';
import { settlementOperations } from '../../functions/entries/settlement-operations.ts';
import { notificationsOperations } from '../../functions/notifications/operations.ts';
import { riskOperations } from '../../functions/risk/reviews/operations/reviews.ts';
import { vaultOperations } from '../../functions/vault/operations.ts';
import type { FunctionName } from '../../lib/function-names.ts';
import { as } from './function-grants.ts';
import { domainEvent } from './gateway-events.ts';
import type { World } from './world.ts';

type Handler = (event: GatewayEvent, context: Context) => Promise<GatewayResult>;

/** Every operation that is served with a key. */
export const operations: readonly AnyOperation<World['deps']>[] = [
  ...paymentsOperations,
  ...checkoutFunctionOperations,
  ...vaultOperations,
  ...riskOperations,
  ...ledgerOperations,
  ...settlementOperations,
  ...notificationsOperations,
  ...channelOperations,
  ...gatewayOperations,
];

/** Whether no function but the gateway's serves the path. */
export const isOfGateway = (path: string): boolean => gatewayOperations.some((operation) => operation.path === path);

/** Routes as the stack's API has them. */
export function apiOf(made: {
  readonly deps: World['deps'] & Pick<HttpDeps, 'limit' | 'failures' | 'rawPathToken'>;
  readonly callback: World['callback'];
  readonly payerReturned: World['payerReturned'];
}): (event: GatewayEvent) => Promise<GatewayResult> {
  const { deps } = made;
  const gateway = httpHandler(deps, gatewayOperations, unservedAtGateway);
  const routes: readonly (readonly [FunctionName, readonly string[], Handler])[] = [
    ['gateway', ['/v1/test_helpers/test_clocks'], gateway],
    [
      'checkout-api',
      ['/v1/checkout', '/v1/products', '/v1/prices', '/v1/test_helpers/checkout'],
      httpHandler({ ...deps, mayPost: false }, checkoutFunctionOperations, unservedAtCheckout),
    ],
    [
      'payments-api',
      [
        '/v1/payment_intents',
        '/v1/refunds',
        '/v1/charges',
        '/v1/customers',
        '/v1/disputes',
        '/v1/setup_intents',
        '/v1/setup_attempts',
        '/v1/mandates',
        '/v1/test_helpers',
      ],
      httpHandler(deps, paymentsOperations, unservedAtPayments),
    ],
    ['vault-api', ['/v1/payment_methods', '/v1/tokens'], httpHandler(deps, vaultOperations)],
    ['risk-api', ['/v1/reviews'], httpHandler(deps, riskOperations)],
    ['ledger-api', ['/v1/balance', '/v1/balance_transactions', '/v1/ledger'], httpHandler(deps, ledgerOperations)],
    ['settlement-api', ['/v1/payouts'], httpHandler(deps, settlementOperations, unservedAtSettlement)],
    ['notifications-api', ['/v1/events', '/v1/webhook_endpoints'], httpHandler(deps, notificationsOperations)],
    ['channels-callback', ['/v1/channels'], httpHandler(deps, channelOperations, unservedAtChannels)],
  ];
  return async (event) => {
    // As the proxy of the local stack does.
    const path = rawRequestOf(event, deps.rawPathToken).path.replace(/\/{2,}/g, '/');
    if (isCallback(path)) {
      const { status, headers, body } = await made.callback(rawRequestOf(event, deps.rawPathToken));
      return { statusCode: status, headers: { ...headers }, body };
    }
    if (path.startsWith('/v1/return')) {
      const { status, headers, body } = await made.payerReturned(rawRequestOf(event, deps.rawPathToken));
      return { statusCode: status, headers: { ...headers }, body };
    }
    const route = routes.find(([, prefixes]) =>
      prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
    );
    if (route) return as(route[0], () => route[2](event, {} as Context));
    const page = await pageFor(rawRequestOf(event, deps.rawPathToken), 'req_page');
    return page ?? as('gateway', () => gateway(event, {} as Context));
  };
}

/** The event that a REST API, the default on AWS, makes of a request behind a custom domain: the API is at its root. */
export const eventOf = (
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer = Buffer.alloc(0),
): GatewayEvent => domainEvent({ method, target, headers, body: body.toString('base64'), isBase64Encoded: true });
