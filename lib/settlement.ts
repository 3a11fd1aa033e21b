/** Settlement: a rule starts what is due; a state machine takes a merchant's day from the cut-off to the money in the bank. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { retainedOn } from './retention.ts';
import { everyMinutes } from './schedule.ts';
import { type ChannelAddresses, type Foundation, ServiceFunction } from './service-function.ts';
import { settlementMachine } from './settlement-machine.ts';

export class Settlement extends Construct {
  readonly api: ServiceFunction;
  readonly step: ServiceFunction;
  readonly due: ServiceFunction;
  readonly machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, foundation: Foundation, outside: ChannelAddresses) {
    super(scope, id);
    this.api = new ServiceFunction(this, 'settlement-api', foundation)
      .table('payments', 'get', 'query', 'put', 'check')
      .links()
      .table('idempotency', 'put', 'update')
      .table('ledger', 'get', 'query', 'put', 'update', 'check')
      .table('risk', 'get')
      .table('merchants', 'get')
      .reports('get');
    this.step = new ServiceFunction(this, 'settlement-step', foundation)
      .table('payments', 'get', 'query', 'put', 'check')
      .moved()
      .table('ledger', 'get', 'query', 'put', 'update', 'delete')
      .table('merchants', 'get')
      .table('channels', 'get')
      .key('secrets/channel-credentials', 'decrypt')
      .reports('get', 'put')
      .callsChannels(outside);
    this.due = new ServiceFunction(this, 'settlement-due', foundation)
      .table('merchants', 'get', 'query')
      .table('ledger', 'get', 'query', 'put');
    this.machine = this.stateMachine(foundation);
    this.startedBy(this.due);
    everyMinutes(this, 'every-five-minutes', 5, this.due);
  }

  /** The function may start settlements. */
  startedBy(starter: ServiceFunction): void {
    starter.addEnvironment('SETTLEMENT_STATE_MACHINE_ARN', this.machine.stateMachineArn);
    starter.allow(['states:StartExecution'], this.machine.stateMachineArn);
  }

  /** The function may ask what became of an execution. */
  watchedBy(watcher: ServiceFunction): void {
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.machine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    watcher.allow(['states:DescribeExecution'], executions);
  }

  private stateMachine({ keys, options }: Foundation): sfn.StateMachine {
    const logGroup = new logs.LogGroup(this, 'machine-logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey: keys.data,
      removalPolicy: retainedOn(options),
    });
    const role = new iam.Role(this, 'machine-role', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.step.functionArn] }),
    );
    return new sfn.StateMachine(this, 'Machine', {
      definitionBody: sfn.DefinitionBody.fromString(
        Stack.of(this).toJsonString(settlementMachine(this.step.functionArn)),
      ),
      role,
      logs: { destination: logGroup, level: sfn.LogLevel.ALL },
    });
  }
}
