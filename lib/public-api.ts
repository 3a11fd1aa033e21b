/** The one way in from outside. The same routes as an HTTP API or a REST API; each function behind it answers in Stripe's shape. */
import { Aws, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ACCESS_LOG_FORMAT, accessLogGroup, letRestApisLog } from './access-log.ts';
import { CustomDomain } from './custom-domain.ts';
import type { Options } from './options.ts';
import type { ServiceFunction } from './service-function.ts';

/** What API Gateway gives a function before it answers itself; the functions end before that (docs/architecture.md, Time limits). */
export const GATEWAY_TIMEOUT_MS = 29_000;

/** A REST API's address holds its stage. Named `v1`, the stage is the first segment of each path that Stripe's clients send. */
export const REST_STAGE = 'v1';
const HTTP_STAGE = '$default';

/** Logical ids of the APIs: a new id is a new API, with another host for the merchants. */
const LOGICAL_IDS = { http: 'ApiHttpApi2997B86B', rest: 'ApiRestApiE35FEAFE' } as const;

interface Variant {
  readonly apiId: string;
  readonly stage: Construct;
  readonly serverErrors: cloudwatch.Metric;
  /** Sends every method on the prefix and all that is below it to the function; an empty prefix: what no other route takes. */
  route(prefix: string, to: ServiceFunction): void;
}

export class PublicApi extends Construct {
  /** Where API Gateway itself serves the API, without trailing slash: `/v1/…` follows. Known before any function exists. */
  readonly url: string;
  /** Where people and channels reach it. */
  readonly publicUrl: string;
  /** The sandbox channel, up to and with `/sandbox`. Below `/v1`, where all is, whether there is a custom domain or not. */
  readonly sandboxUrl: string;
  /** Where channels send a payer back to; the attempt's own segment follows. Below `/v1`, the one stage that a REST API has. */
  readonly returnUrl: string;
  /** Addresses that stand for the hosts of channels; undefined where nothing does, as on AWS. */
  readonly channelsAt: string | undefined;
  readonly apiId: string;
  /** Answers 5xx. */
  readonly serverErrors: cloudwatch.Metric;
  private readonly variant: Variant;
  private readonly options: Options;

  constructor(scope: Construct, id: string, options: Options, dataKey: kms.IKey) {
    super(scope, id);
    this.options = options;
    this.variant = options.api === 'http' ? httpApi(this, options, dataKey) : restApi(this, options, dataKey);
    this.apiId = this.variant.apiId;
    this.serverErrors = this.variant.serverErrors;
    this.url = options.target === 'embedded' ? givenAddress(this) : addressOf(options, this.apiId);
    this.publicUrl = options.publicUrl ?? (options.domain ? `https://${options.domain.name}` : this.url);
    this.sandboxUrl = options.sandboxUrl ?? `${this.url}/v1/sandbox`;
    this.returnUrl = `${this.publicUrl}/v1/return`;
    this.channelsAt = options.target === 'embedded' ? givenChannels(this) : options.channelsAt;
    if (options.domain)
      new CustomDomain(this, 'Domain', options.domain, options.api, {
        apiId: this.apiId,
        stage: options.api === 'http' ? HTTP_STAGE : REST_STAGE,
        stageResource: this.variant.stage,
      });
  }

  /** Every method on these prefixes, and on all that is below them, is this function's. */
  serve(to: ServiceFunction, ...prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.variant.route(prefix, to);
    if (this.options.rawPathToken !== undefined) to.addEnvironment('RAW_PATH_TOKEN', this.options.rawPathToken);
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

/** Logical id of the parameter below. */
export const ADDRESS_PARAMETER = 'Address';

/** One template serves each port that the embedded runtime may listen on: it learns the address when it is read. */
const givenAddress = (scope: Construct): string =>
  new CfnParameter(Stack.of(scope), ADDRESS_PARAMETER, {
    description: 'Where the embedded runtime listens, without trailing slash',
  }).valueAsString;

/** Logical id of the parameter below. */
export const CHANNELS_PARAMETER = 'ChannelsAt';

/** Simulators have other ports at each start, so the template learns their addresses too when it is read. */
const givenChannels = (scope: Construct): string =>
  new CfnParameter(Stack.of(scope), CHANNELS_PARAMETER, {
    description: 'Addresses that stand for the hosts of channels',
    default: '',
  }).valueAsString;

function addressOf(options: Options, apiId: string): string {
  if (options.target === 'aws') return `https://${apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  const root = `${options.endpoint}/_aws/execute-api/${options.apiId}`;
  return options.api === 'http' ? `${root}/${HTTP_STAGE}` : root;
}

/** The emulators' tags that fix the API's id. */
const idTags = ({ target, apiId }: Options): Record<string, string> =>
  target === 'local' ? { 'ms-custom-id': apiId, _custom_id_: apiId } : {};

function httpApi(scope: Construct, options: Options, dataKey: kms.IKey): Variant {
  const api = new apigatewayv2.CfnApi(scope, 'HttpApi', {
    name: options.stackName,
    protocolType: 'HTTP',
    description: 'Sluice: a payment API',
    tags: idTags(options),
  });
  api.overrideLogicalId(LOGICAL_IDS.http);
  const stage = new apigatewayv2.CfnStage(scope, 'DefaultStage', {
    apiId: api.ref,
    stageName: HTTP_STAGE,
    autoDeploy: true,
    // Emulators neither throttle nor log.
    ...(options.target === 'aws' && {
      defaultRouteSettings: {
        throttlingRateLimit: options.throttle.ratePerSecond,
        throttlingBurstLimit: options.throttle.burst,
      },
      accessLogSettings: { destinationArn: accessLogGroup(scope, dataKey).logGroupArn, format: ACCESS_LOG_FORMAT },
    }),
  });
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
    stage,
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

/** What a stage of a REST API has on AWS only: emulators neither throttle nor log. */
function awsStage(scope: Construct, { throttle }: Options, dataKey: kms.IKey): apigateway.StageOptions {
  const destination = new apigateway.LogGroupLogDestination(accessLogGroup(scope, dataKey));
  return {
    throttlingRateLimit: throttle.ratePerSecond,
    throttlingBurstLimit: throttle.burst,
    accessLogDestination: destination,
    accessLogFormat: apigateway.AccessLogFormat.custom(ACCESS_LOG_FORMAT),
  };
}

function restApi(scope: Construct, options: Options, dataKey: kms.IKey): Variant {
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
      ...(options.target === 'aws' && awsStage(scope, options, dataKey)),
    },
  });
  (api.node.defaultChild as apigateway.CfnRestApi).overrideLogicalId(LOGICAL_IDS.rest);
  if (options.target === 'aws') api.deploymentStage.node.addDependency(letRestApisLog(scope));
  for (const [key, value] of Object.entries(idTags(options)))
    (api.node.defaultChild as apigateway.CfnRestApi).tags.setTag(key, value);
  // The stack's own outputs say where the API is.
  api.node.tryRemoveChild('Endpoint');
  // A page can read an error of API Gateway itself only when any origin may.
  const anyOrigin = { 'access-control-allow-origin': "'*'" };
  const error = (type: string) => `{"error":{"type":"${type}","message":$context.error.messageString}}`;
  api.addGatewayResponse('client-error', {
    type: apigateway.ResponseType.DEFAULT_4XX,
    responseHeaders: anyOrigin,
    templates: { 'application/json': error('invalid_request_error') },
  });
  // The same as a function's own 429, so that a client tries again.
  api.addGatewayResponse('throttled', {
    type: apigateway.ResponseType.THROTTLED,
    responseHeaders: { ...anyOrigin, 'stripe-should-retry': "'true'", 'retry-after': "'1'" },
    templates: {
      'application/json':
        '{"error":{"type":"invalid_request_error","code":"rate_limit","message":$context.error.messageString}}',
    },
  });
  api.addGatewayResponse('server-error', {
    type: apigateway.ResponseType.DEFAULT_5XX,
    responseHeaders: anyOrigin,
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
  const routed = new Set<string>();
  return {
    apiId: api.restApiId,
    stage: api.deploymentStage,
    serverErrors: new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName: '5XXError',
      dimensionsMap: { ApiName: options.stackName, Stage: REST_STAGE },
    }),
    route(prefix, to) {
      // The stage stands for `/v1`, so a prefix below it and the same at the root are one.
      const path = prefix.replace(/^\/v1(?=\/)/, '');
      if (routed.has(path)) return;
      routed.add(path);
      const resource = path === '' ? api.root : api.root.resourceForPath(path);
      any(resource, to);
      any(resource.addResource('{proxy+}'), to);
    },
  };
}
