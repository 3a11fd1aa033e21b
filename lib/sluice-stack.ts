import {
  Annotations,
  BootstraplessSynthesizer,
  CfnOutput,
  CliCredentialsStackSynthesizer,
  DefaultStackSynthesizer,
  type IStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { alarmTopic } from './alarm-topic.ts';
import { Channels } from './channels.ts';
import { Checkout } from './checkout.ts';
import { Data } from './data.ts';
import { Gateway } from './gateway.ts';
import { Keys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { Merchants } from './merchants.ts';
import { Notifications } from './notifications.ts';
import { Observability } from './observability.ts';
import type { Options } from './options.ts';
import { Payments } from './payments.ts';
import { PublicApi } from './public-api.ts';
import { Queues } from './queues.ts';
import { Risk } from './risk.ts';
import { Sandbox } from './sandbox.ts';
import type { Foundation } from './service-function.ts';
import { Settlement } from './settlement.ts';
import { Vault } from './vault.ts';

/** The assertion is for `exactOptionalPropertyTypes`, under which the library's own classes do not fit its interface. */
function synthesizerOf({ target, deployAs }: Options): IStackSynthesizer {
  if (target === 'embedded') return new BootstraplessSynthesizer() as IStackSynthesizer;
  return (
    deployAs === 'caller' ? new CliCredentialsStackSynthesizer() : new DefaultStackSynthesizer()
  ) as IStackSynthesizer;
}

/** The whole product, of resource types that AWS and the emulators have. What only AWS has is in AwsExtrasStack. */
export class SluiceStack extends Stack {
  readonly api: PublicApi;
  readonly alarms: Observability;

  constructor(scope: Construct, id: string, options: Options) {
    super(scope, id, {
      stackName: options.stackName,
      description: 'Sluice: a payment API',
      synthesizer: synthesizerOf(options),
      terminationProtection: options.protected,
    });

    if (options.target === 'aws' && !options.protected)
      Annotations.of(this).addWarningV2(
        'sluice:unprotected',
        'protection=off: the stack and its tables can be deleted. Deploy again without it once the first deployment has succeeded.',
      );

    const keys = new Keys(this, 'Keys', options);
    const data = new Data(this, 'Data', keys, options);
    const queues = new Queues(this, 'Queues', keys.data, options);
    const foundation: Foundation = { options, keys, data, queues };
    const api = new PublicApi(this, 'Api', options, keys.data);

    const sandbox = new Sandbox(this, 'Sandbox', foundation, api);
    const vault = new Vault(this, 'Vault', foundation, api);
    const channels = new Channels(this, 'Channels', foundation);
    const risk = new Risk(this, 'Risk', foundation);
    const { sandboxUrl, publicUrl, channelsAt, returnUrl } = api;
    const addresses = { sandboxUrl, publicUrl, channelsAt };
    const outside = { ...addresses, vault, returnUrl };
    const payments = new Payments(this, 'Payments', foundation, outside);
    const checkout = new Checkout(this, 'Checkout', foundation, outside);
    const ledger = new Ledger(this, 'Ledger', foundation);
    const settlement = new Settlement(this, 'Settlement', foundation, api);
    const notifications = new Notifications(this, 'Notifications', foundation);
    const merchants = new Merchants(this, 'Merchants', foundation, {
      sandbox,
      settlement,
      ...addresses,
    });
    const gateway = new Gateway(this, 'Gateway', foundation);

    api.serve(
      payments.api,
      '/v1/payment_intents',
      '/v1/refunds',
      '/v1/charges',
      '/v1/customers',
      '/v1/disputes',
      '/v1/setup_intents',
      '/v1/setup_attempts',
      '/v1/mandates',
      '/v1/test_helpers',
    );
    api.serve(payments.return, '/v1/return');
    api.serve(checkout.api, '/v1/checkout', '/v1/products', '/v1/prices', '/v1/test_helpers/checkout');
    api.serve(vault.api, '/v1/payment_methods', '/v1/tokens');
    api.serve(channels.callback, '/v1/channels');
    api.serve(risk.api, '/v1/reviews');
    api.serve(ledger.api, '/v1/balance', '/v1/balance_transactions', '/v1/ledger');
    api.serve(settlement.api, '/v1/payouts');
    api.serve(notifications.api, '/v1/events', '/v1/webhook_endpoints');
    api.serve(sandbox.api, '/sandbox', '/v1/sandbox');
    api.otherwise(gateway.answer, '/healthz', '/v1/test_helpers/test_clocks');

    const topic = alarmTopic(this, keys.data, options);
    this.alarms = new Observability(this, 'Observability', {
      options,
      topic,
      api,
      queues,
      settlement: settlement.machine,
      streamFunctions: [ledger.onPayment, notifications.onChange],
      unseenFunctions: [vault.forward],
    });

    this.api = api;
    new CfnOutput(this, 'ApiUrl', { value: api.publicUrl, description: 'Address of the API: /v1/… follows' });
    new CfnOutput(this, 'ApiAddress', { value: api.url, description: 'Where API Gateway itself serves the API' });
    new CfnOutput(this, 'OperatorFunction', { value: merchants.operator.functionName });
    new CfnOutput(this, 'SettlementStateMachine', { value: settlement.machine.stateMachineArn });
    new CfnOutput(this, 'ReportsBucketName', { value: data.reports.bucketName });
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn, description: 'What alarms notify: subscribe to it' });
  }
}
