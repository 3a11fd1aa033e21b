/** Taking payments: the API, the consumer of channel callbacks, the janitor. */
import { Construct } from 'constructs';
import { reservedForPayments } from './concurrency.ts';
import { everyMinutes } from './schedule.ts';
import { type ChannelAddresses, type Foundation, ServiceFunction } from './service-function.ts';
import type { Vault } from './vault.ts';

export class Payments extends Construct {
  readonly api: ServiceFunction;
  readonly onCallback: ServiceFunction;
  readonly janitor: ServiceFunction;
  readonly return: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    foundation: Foundation,
    outside: { readonly vault: Vault; readonly returnUrl: string } & ChannelAddresses,
  ) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'payments-api', foundation, reservedForPayments(foundation.options))
      .table('payments', 'get', 'query', 'put', 'update', 'delete', 'check')
      .links()
      .table('idempotency', 'query', 'put', 'update')
      .table('ledger', 'get', 'query', 'put', 'update', 'check')
      .table('risk', 'get')
      .table('events', 'query')
      .table('search', 'query')
      .table('channels', 'get')
      .table('merchants', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .invokes(outside.vault.forward, 'VAULT_FUNCTION')
      .callsChannels(outside)
      .calls('RETURN_URL', outside.returnUrl);
    // A callback reports. What a payer has only approved is completed at the channel.
    this.onCallback = new ServiceFunction(this, 'payments-on-callback', foundation)
      .table('payments', 'get', 'query', 'put', 'check')
      .table('idempotency', 'put')
      .table('channels', 'get', 'put')
      .table('merchants', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside)
      .consumes('callbacks', 10);
    // The payer is back: the channel is asked, and only what it reports is written.
    this.return = new ServiceFunction(this, 'payments-return', foundation)
      .table('payments', 'get', 'query', 'put', 'check')
      .table('idempotency', 'put')
      .table('channels', 'get')
      .table('merchants', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside);
    this.janitor = new ServiceFunction(this, 'payments-janitor', foundation)
      .table('payments', 'get', 'query', 'put', 'delete', 'check')
      .table('idempotency', 'get', 'query', 'put', 'update')
      .table('channels', 'get', 'query')
      .table('merchants', 'get', 'query')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside);
    everyMinutes(this, 'every-minute', 1, this.janitor);
  }
}
