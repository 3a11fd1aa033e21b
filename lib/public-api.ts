/** The one way in from outside. The same routes as an HTTP API or a REST API; each function behind it answers in Stripe's shape. */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Options } from './options.ts';
import type { ServiceFunction } from './service-function.ts';

/** What API Gateway gives a function before it answers itself; the functions end before that (docs/architecture.md, Time limits). */
export const GATEWAY_TIMEOUT_MS = 29_000;

export const REST_STAGE = 'live';

interface Variant {
  readonly apiId: string;
  readonly serverErrors: cloudwatch.Metric;
  /** Sends every method on the prefix and all that is below it to the function; an empty prefix: what no other route takes. */
  route(prefix: string, to: ServiceFunction): void;
}

export class PublicApi extends Construct {
  /** Address of the API's root, without trailing slash, before any function exists. */
  readonly url: string;
  /** Where people and channels reach that root. */
  readonly publicUrl: string;
  /** The sandbox channel, up to and with `/sandbox`. */
  readonly sandboxUrl: string;
  readonly apiId: string;
  /** Answers 5xx. */
  readonly serverErrors: cloudwatch.Metric;
  private readonly variant: Variant;

  constructor(scope: Construct, id: string, options: Options) {
    super(scope, id);
    this.variant = options.api === 'http' ? httpApi(this, options) : restApi(this, options);
    this.apiId = this.variant.apiId;
    this.serverErrors = this.variant.serverErrors;
    this.url = addressOf(options, this.apiId);
    this.publicUrl = options.publicUrl ?? this.url;
    this.sandboxUrl = options.sandboxUrl ?? `${this.url}/sandbox`;
  }

  /** Every method on these prefixes, and on all that is below them, is this function's. */
  serve(to: ServiceFunction, ...prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.variant.route(prefix, to);
    this.permit(to);
  }

  /** The function that answers what no other route does. */
  otherwise(to: ServiceFunction, ...prefixes: readonly string[]): void {
    this.serve(to, '', ...prefixes);
  }

  private permit(to: ServiceFunction): void {
    new CfnPermission(this, `${to.functionId}-permission`, {
      action: 'lambda:InvokeFunction',
      functionName: to.functionArn,
      principal: 'apigateway.amazonaws.com',
      sourceArn: `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${this.apiId}/*`,
    });
  }
}

function addressOf(options: Options, apiId: string): string {
  const stage = options.api === 'http' ? '$default' : REST_STAGE;
  if (options.target === 'local') return `${options.endpoint}/_aws/execute-api/${options.apiId}/${stage}`;
  const host = `https://${apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  return options.api === 'http' ? host : `${host}/${stage}`;
}

/** The emulators' tags that fix the API's id. */
const idTags = ({ target, apiId }: Options): Record<string, string> =>
  target === 'local' ? { 'ms-custom-id': apiId, _custom_id_: apiId } : {};

function httpApi(scope: Construct, options: Options): Variant {
  const api = new apigatewayv2.CfnApi(scope, 'HttpApi', {
    name: options.stackName,
    protocolType: 'HTTP',
    description: 'Sluice: a payment API',
    tags: idTags(options),
  });
  new apigatewayv2.CfnStage(scope, 'DefaultStage', { apiId: api.ref, stageName: '$default', autoDeploy: true });
  const integrations = new Map<ServiceFunction, string>();
  const targetOf = (to: ServiceFunction): string => {
    const made = integrations.get(to) ?? newIntegration(to);
    integrations.set(to, made);
    return made;
  };
  const newIntegration = (to: ServiceFunction): string => {
    const integration = new apigatewayv2.CfnIntegration(scope, `${to.functionId}-integration`, {
      apiId: api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: to.functionArn,
      payloadFormatVersion: '2.0',
      timeoutInMillis: GATEWAY_TIMEOUT_MS,
    });
    return `integrations/${integration.ref}`;
  };
  const add = (routeKey: string, to: ServiceFunction): void => {
    new apigatewayv2.CfnRoute(scope, `route ${routeKey}`, { apiId: api.ref, routeKey, target: targetOf(to) });
  };
  return {
    apiId: api.ref,
    serverErrors: new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      dimensionsMap: { ApiId: api.ref },
    }),
    route(prefix, to) {
      if (prefix === '') return add('$default', to);
      add(`ANY ${prefix}`, to);
      add(`ANY ${prefix}/{proxy+}`, to);
    },
  };
}

function restApi(scope: Construct, options: Options): Variant {
  const api = new apigateway.RestApi(scope, 'RestApi', {
    restApiName: options.stackName,
    description: 'Sluice: a payment API',
    cloudWatchRole: false,
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    // Bodies arrive as the bytes that were sent: callbacks are verified on them.
    binaryMediaTypes: ['*/*'],
    // Data trace and request logging would put card numbers into a log.
    deployOptions: {
      stageName: REST_STAGE,
      dataTraceEnabled: false,
      loggingLevel: apigateway.MethodLoggingLevel.OFF,
    },
  });
  for (const [key, value] of Object.entries(idTags(options)))
    (api.node.defaultChild as apigateway.CfnRestApi).tags.setTag(key, value);
  // The stack's own outputs say where the API is.
  api.node.tryRemoveChild('Endpoint');
  const error = (type: string) => `{"error":{"type":"${type}","message":$context.error.messageString}}`;
  api.addGatewayResponse('client-error', {
    type: apigateway.ResponseType.DEFAULT_4XX,
    templates: { 'application/json': error('invalid_request_error') },
  });
  api.addGatewayResponse('server-error', {
    type: apigateway.ResponseType.DEFAULT_5XX,
    templates: { 'application/json': error('api_error') },
  });
  const any = (resource: apigateway.IResource, to: ServiceFunction): void => {
    resource.addMethod(
      'ANY',
      new apigateway.Integration({
        type: apigateway.IntegrationType.AWS_PROXY,
        integrationHttpMethod: 'POST',
        uri: `arn:${Aws.PARTITION}:apigateway:${Stack.of(scope).region}:lambda:path/2015-03-31/functions/${to.functionArn}/invocations`,
        options: { timeout: Duration.millis(GATEWAY_TIMEOUT_MS) },
      }),
    );
  };
  return {
    apiId: api.restApiId,
    serverErrors: new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName: '5XXError',
      dimensionsMap: { ApiName: options.stackName, Stage: REST_STAGE },
    }),
    route(prefix, to) {
      const resource = prefix === '' ? api.root : api.root.resourceForPath(prefix);
      any(resource, to);
      any(resource.addResource('{proxy+}'), to);
    },
  };
}
