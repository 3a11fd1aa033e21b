/** Where channels call back (verified, put on the queue, acknowledged), and where merchants read their accounts. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Channels extends Construct {
  readonly callback: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.callback = new ServiceFunction(this, 'channels-callback', foundation)
      .table('channels', 'get', 'query')
      .table('payments', 'query')
      .table('idempotency', 'update')
      .table('merchants', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .sendsTo('callbacks');
  }
}
