/** Card data: stored by the API, in clear text only inside `forward`, which calls the channel itself. No other function may use these keys. */
import { Construct } from 'constructs';
import { reservedForPayments } from './concurrency.ts';
import { everyMinutes } from './schedule.ts';
import { type ChannelAddresses, type Foundation, ServiceFunction } from './service-function.ts';

/** Functions that pay through `forward`: payments-api and checkout-api, each waiting for one answer at a time. */
const CALLERS = 2;

export class Vault extends Construct {
  readonly api: ServiceFunction;
  readonly forward: ServiceFunction;
  readonly expiredCodes: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation, outside: ChannelAddresses) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'vault-api', foundation)
      .table('vault', 'get', 'put', 'update')
      .table('cvc', 'put')
      .table('payments', 'get', 'query', 'put', 'delete', 'check')
      .table('idempotency', 'put', 'update')
      .table('merchants', 'get')
      .key('vault/card', 'generate-data-key', 'decrypt')
      .key('fingerprint', 'generate-mac');
    this.forward = new ServiceFunction(
      this,
      'vault-forward',
      foundation,
      reservedForPayments(foundation.options, CALLERS),
    )
      .table('vault', 'get')
      .table('cvc', 'get', 'update', 'delete')
      .table('channels', 'get')
      .key('vault/card', 'decrypt')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside);
    // It reads keys of items only, and may open nothing.
    this.expiredCodes = new ServiceFunction(this, 'vault-expired-codes', foundation).table('cvc', 'scan', 'delete');
    everyMinutes(this, 'expired-codes-every-five-minutes', 5, this.expiredCodes);
  }
}
