/** The operator: merchants, keys, settlements and platform-wide figures, for holders of IAM credentials of this account. */
import { Construct } from 'constructs';
import type { Sandbox } from './sandbox.ts';
import { type ChannelAddresses, type Foundation, ServiceFunction } from './service-function.ts';
import type { Settlement } from './settlement.ts';

export class Merchants extends Construct {
  readonly operator: ServiceFunction;
  readonly audit: ServiceFunction;
  readonly recovery: ServiceFunction;
  readonly treasury: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    foundation: Foundation,
    outside: {
      readonly sandbox: Sandbox;
      readonly settlement: Settlement;
    } & ChannelAddresses,
  ) {
    super(scope, id);
    // A name that the command line knows without a lookup: IAM decides which principals may call it.
    this.operator = new ServiceFunction(this, 'merchants-operator', foundation, {
      functionName: `${foundation.options.stackName}-operator`,
    })
      .table('merchants', 'get', 'query', 'put')
      .table('channels', 'get', 'query', 'put')
      .table('ledger', 'get', 'query', 'put', 'update', 'check')
      .table('payments', 'get', 'query')
      .table('events', 'get', 'query', 'put')
      .table('search', 'get', 'put')
      .table('risk', 'get', 'put')
      .table('idempotency', 'put', 'update')
      .key('secrets/channel-credentials', 'encrypt', 'decrypt')
      .key('secrets/bank-account', 'encrypt')
      .sendsTo('callbacks')
      .invokes(outside.sandbox.openAccount, 'SANDBOX_ACCOUNT_FUNCTION')
      .callsChannels(outside);
    this.audit = new ServiceFunction(this, 'merchants-audit', foundation, {
      functionName: `${foundation.options.stackName}-audit`,
    })
      .table('merchants', 'get', 'query')
      .table('ledger', 'get', 'query')
      .table('payments', 'get', 'query')
      .table('channels', 'get')
      .links()
      .reports('get')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside);
    outside.settlement.startedBy(this.operator);
    outside.settlement.watchedBy(this.operator);
    // Named as the operator is; only who may restore needs to invoke it.
    this.recovery = new ServiceFunction(this, 'merchants-recovery', foundation, {
      functionName: `${foundation.options.stackName}-recovery`,
    })
      .table('merchants', 'get', 'query')
      .table('payments', 'get', 'query', 'put', 'check')
      .table('ledger', 'get', 'query', 'put', 'update', 'check')
      .table('idempotency', 'put')
      .table('channels', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .callsChannels(outside);
    // Named as the operator is. It alone opens the details of bank accounts.
    this.treasury = new ServiceFunction(this, 'merchants-treasury', foundation, {
      functionName: `${foundation.options.stackName}-treasury`,
    })
      .table('merchants', 'get', 'query')
      .table('channels', 'get')
      .table('payments', 'get', 'query', 'put')
      .links()
      .table('ledger', 'get', 'query', 'put', 'update', 'delete', 'check')
      .reports('get', 'put')
      .key('secrets/channel-credentials', 'decrypt')
      .key('secrets/bank-account', 'decrypt')
      .callsChannels(outside);
  }
}
