/** Taking payments: the API, the consumer of channel callbacks, the janitor. */
import { Construct } from 'constructs';
import { everyMinutes } from './schedule.ts';
import { type Foundation, ServiceFunction } from './service-function.ts';
import type { Vault } from './vault.ts';

export class Payments extends Construct {
  readonly api: ServiceFunction;
  readonly onCallback: ServiceFunction;
  readonly janitor: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    foundation: Foundation,
    outside: { readonly vault: Vault; readonly sandboxUrl: string },
  ) {
    super(scope, id);
    const make = (name: 'payments-api' | 'payments-on-callback' | 'payments-janitor') =>
      new ServiceFunction(this, name, foundation)
        .table('payments', 'get', 'query', 'put', 'check')
        .links()
        .table('ledger', 'get', 'put', 'update', 'check')
        .table('channels', 'get')
        .table('merchants', 'get')
        .key('secrets', 'decrypt')
        .calls('SANDBOX_URL', outside.sandboxUrl);
    this.api = make('payments-api')
      .table('idempotency', 'get', 'put', 'update')
      .table('risk', 'get', 'put')
      .table('events', 'get', 'query')
      .invokes(outside.vault.forward, 'VAULT_FUNCTION');
    this.onCallback = make('payments-on-callback').table('channels', 'put').consumes('callbacks', 10);
    this.janitor = make('payments-janitor').table('idempotency', 'get', 'query', 'put', 'update', 'delete');
    everyMinutes(this, 'every-minute', 1, this.janitor);
  }
}
