/** The fan-out behind the payments stream (events, replies, risk features, the janitor's watch list) and signed webhooks. */
import { Construct } from 'constructs';
import { everyMinutes } from './schedule.ts';
import { type Foundation, ServiceFunction } from './service-function.ts';

export class Notifications extends Construct {
  readonly api: ServiceFunction;
  readonly onChange: ServiceFunction;
  readonly onRetry: ServiceFunction;
  readonly onDelivery: ServiceFunction;
  readonly due: ServiceFunction;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'notifications-api', foundation)
      .table('events', 'get', 'query', 'put', 'delete')
      .table('payments', 'query')
      .table('idempotency', 'query', 'put', 'update')
      .table('merchants', 'get')
      .sendsTo('deliveries')
      .key('secrets/webhook-secret', 'encrypt', 'decrypt');
    const fanOut = (name: 'notifications-on-change' | 'notifications-on-retry', ...more: 'delete'[]) =>
      new ServiceFunction(this, name, foundation)
        .table('events', 'query', 'put', ...more)
        .table('search', 'put')
        .table('risk', 'update', 'put')
        .table('merchants', 'get')
        .table('idempotency', 'put', 'update')
        .sendsTo('deliveries')
        .sendsTo('features');
    this.onChange = fanOut('notifications-on-change').sendsTo('fanout-retry').follows(foundation.data.tables.payments);
    this.onRetry = fanOut('notifications-on-retry', 'delete').consumes('fanout-retry', 10);
    this.onDelivery = new ServiceFunction(this, 'notifications-on-delivery', foundation)
      .table('events', 'get', 'query', 'put', 'update', 'delete')
      .key('secrets/webhook-secret', 'decrypt')
      .consumes('deliveries', 10);
    this.due = new ServiceFunction(this, 'notifications-due', foundation)
      .table('events', 'get', 'query', 'put')
      .sendsTo('deliveries');
    everyMinutes(this, 'every-minute', 1, this.due);
    // Webhooks to loopback addresses are for a developer's own machine.
    if (foundation.options.target === 'aws') return;
    this.api.addEnvironment('ALLOW_PRIVATE_WEBHOOKS', '1');
    this.onDelivery.addEnvironment('ALLOW_PRIVATE_WEBHOOKS', '1');
  }
}
