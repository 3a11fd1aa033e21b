/** Checkout Sessions: their API, which pays as the payments API does. */
import { Construct } from 'constructs';
import { reservedForPayments } from './concurrency.ts';
import { type ChannelAddresses, type Foundation, ServiceFunction } from './service-function.ts';
import type { Vault } from './vault.ts';

export class Checkout extends Construct {
  readonly api: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    foundation: Foundation,
    outside: { readonly vault: Vault; readonly returnUrl: string } & ChannelAddresses,
  ) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'checkout-api', foundation, reservedForPayments(foundation.options))
      .table('payments', 'get', 'query', 'put', 'update', 'delete', 'check')
      .links()
      .table('idempotency', 'put', 'update')
      .table('ledger', 'get', 'query')
      .table('risk', 'get')
      .table('search', 'query')
      .table('channels', 'get')
      .table('merchants', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .invokes(outside.vault.forward, 'VAULT_FUNCTION')
      .callsChannels(outside)
      .calls('RETURN_URL', outside.returnUrl);
  }
}
