/** The acquirer and bank of test mode: a service of its own, with its own table, reached over HTTP as any channel is. */
import { Construct } from 'constructs';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Sandbox extends Construct {
  readonly api: ServiceFunction;
  readonly onDue: ServiceFunction;
  readonly openAccount: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation, outside: { readonly publicUrl: string }) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'sandbox-api', foundation)
      .table('sandbox', 'get', 'query', 'put')
      .sendsTo('sandbox-callbacks')
      .calls('PUBLIC_URL', outside.publicUrl);
    this.onDue = new ServiceFunction(this, 'sandbox-on-due', foundation)
      .table('sandbox', 'get')
      .consumes('sandbox-callbacks', 10)
      .calls('PUBLIC_URL', outside.publicUrl);
    this.openAccount = new ServiceFunction(this, 'sandbox-open-account', foundation).table('sandbox', 'put');
  }
}
