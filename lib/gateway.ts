/** Answers what no other route does, in Stripe's shape, and says whether the service is up. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Gateway extends Construct {
  readonly answer: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.answer = new ServiceFunction(this, 'gateway', foundation);
  }
}
