/** The books: journal entries from the payments stream, and what merchants read of them. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Ledger extends Construct {
  readonly api: ServiceFunction;
  readonly onPayment: ServiceFunction;
  readonly onRetry: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'ledger-api', foundation)
      .table('ledger', 'get', 'query')
      .table('payments', 'get', 'query')
      .links()
      .table('idempotency', 'query', 'update')
      .table('risk', 'get')
      .table('merchants', 'get')
      .reports('get');
    this.onPayment = new ServiceFunction(this, 'ledger-on-payment', foundation)
      .table('ledger', 'get', 'put', 'update', 'check')
      .sendsTo('books-retry')
      .follows(foundation.data.tables.payments);
    this.onRetry = new ServiceFunction(this, 'ledger-on-retry', foundation)
      .table('ledger', 'get', 'put', 'update', 'check')
      .consumes('books-retry', 10);
  }
}
