/** Reviews, and the counters that the risk rules read: counted behind a queue, off the payer's path. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Risk extends Construct {
  readonly api: ServiceFunction;
  readonly onAttempts: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'risk-api', foundation)
      .table('risk', 'get', 'query', 'put')
      .table('payments', 'get')
      .links()
      .table('ledger', 'get', 'query')
      .table('idempotency', 'put', 'update')
      .table('merchants', 'get');
    this.onAttempts = new ServiceFunction(this, 'risk-on-attempts', foundation)
      .table('risk', 'update', 'put')
      .consumes('features', 10);
  }
}
