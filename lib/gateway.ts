/** Serves what has no prefix of its own: the account, lists that are always empty, `/healthz`, and a 404 in Stripe's shape. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Gateway extends Construct {
  readonly answer: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.answer = new ServiceFunction(this, 'gateway', foundation)
      .table('payments', 'get')
      .table('idempotency', 'update')
      .table('merchants', 'get');
  }
}
