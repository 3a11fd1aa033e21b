import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPERATIONS_OF, servedOperations } from './served.ts';
import { namedBy, ofType, pathOf, type Resource, synthesised } from './synth.ts';

const lastName = (resource: Resource): string => pathOf(resource).split('/').at(-1)!;

/** Which function serves a path of the HTTP API: the most specific route, else `$default`. */
function httpRoutes(): (path: string) => string {
  const { core } = synthesised('aws', 'http');
  const functionOf = (target: unknown): string => {
    const parts = (target as { 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'][1];
    const integration = core[namedBy(parts.find((part) => typeof part === 'object'))]!;
    return lastName(core[namedBy(integration.Properties.IntegrationUri)]!);
  };
  const routes = new Map(
    ofType(core, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
      String(Properties.RouteKey),
      functionOf(Properties.Target),
    ]),
  );
  return (path) => {
    const parents = path.split('/').map((_, depth, parts) => parts.slice(0, parts.length - depth).join('/'));
    const greedy = parents.slice(1).map((parent) => routes.get(`ANY ${parent}/{proxy+}`));
    return routes.get(`ANY ${path}`) ?? greedy.find((found) => found !== undefined) ?? routes.get('$default')!;
  };
}

/**
 * The same of the REST API, from its tree of resources. `/v1/…` arrives there without its first segment: at the API's own address that is the
 * stage, behind a custom domain a mapping. Any other path is the other mapping's.
 */
function restRoutes(): (path: string) => string {
  const { core } = synthesised('aws', 'rest');
  const resources = new Map(ofType(core, 'AWS::ApiGateway::Resource'));
  const pathOfResource = (id: string): string => {
    const resource = resources.get(id);
    return resource
      ? `${pathOfResource(namedBy(resource.Properties.ParentId))}/${String(resource.Properties.PathPart)}`
      : '';
  };
  const functionOf = (method: Resource): string => {
    const uri = (method.Properties.Integration as { Uri: { 'Fn::Join': readonly [string, readonly unknown[]] } }).Uri[
      'Fn::Join'
    ][1];
    const arn = uri.find((part) => typeof part === 'object' && part !== null && 'Fn::GetAtt' in part);
    return lastName(core[namedBy(arn)]!);
  };
  const routes = new Map(
    ofType(core, 'AWS::ApiGateway::Method').map(([, method]) => [
      pathOfResource(namedBy(method.Properties.ResourceId)),
      functionOf(method),
    ]),
  );
  return (sent) => {
    const path = sent.replace(/^\/v1(?=\/|$)/, '');
    const parents = path.split('/').map((_, depth, parts) => parts.slice(0, parts.length - depth).join('/'));
    const greedy = parents.slice(1).map((parent) => routes.get(`${parent}/{proxy+}`));
    return routes.get(path) ?? greedy.find((found) => found !== undefined) ?? 'nobody';
  };
}

const operations = await servedOperations();

describe.each([
  ['http', httpRoutes()],
  ['rest', restRoutes()],
] as const)('%s API', (_, serves) => {
  it.each(operations)('$method $path is served by $served', ({ served, path }) => {
    expect(serves(path)).toBe(served);
  });

  it.each([
    ['/v1/payment_intents', 'payments-api'],
    ['/v1/payment_intents/{id}/confirm', 'payments-api'],
    ['/v1/refunds/{id}', 'payments-api'],
    ['/v1/charges', 'payments-api'],
    ['/v1/payment_methods/{id}', 'vault-api'],
    ['/v1/channels/{channel}/{account}/callbacks', 'channels-callback'],
    ['/v1/reviews/{id}/approve', 'risk-api'],
    ['/v1/balance', 'ledger-api'],
    ['/v1/balance_transactions/{id}', 'ledger-api'],
    ['/v1/ledger/accounts', 'ledger-api'],
    ['/v1/payouts/{id}/report', 'settlement-api'],
    ['/v1/events/{id}', 'notifications-api'],
    ['/v1/webhook_endpoints', 'notifications-api'],
    ['/sandbox/charges/{reference}/captures', 'sandbox-api'],
    ['/v1/sandbox/charges/{reference}/captures', 'sandbox-api'],
    ['/v1/sandbox/challenges/{id}', 'sandbox-api'],
    ['/v1/healthz', 'gateway'],
    ['/v1/openapi.json', 'gateway'],
    ['/openapi.json', 'gateway'],
    ['/healthz', 'gateway'],
    ['', 'gateway'],
    ['/v1', 'gateway'],
    ['/v1/unheard_of', 'gateway'],
    ['/nothing/at/all', 'gateway'],
  ])('%s is served by %s', (path, name) => {
    expect(serves(path)).toBe(name);
  });
});

it('every function that serves operations of the API has a list of them', () => {
  const serving = readdirSync('functions/entries').filter(
    (file) => file.endsWith('-api.ts') && file !== 'sandbox-api.ts',
  );

  expect(serving.filter((file) => OPERATIONS_OF[file.replace('.ts', '')] === undefined)).toEqual([]);
  expect(Object.keys(OPERATIONS_OF).filter((name) => !operations.some(({ served }) => served === name))).toEqual([]);
});

it('REST API: neither data trace nor request logging, and bodies as they were sent', () => {
  const { core } = synthesised('aws', 'rest');
  const [, stage] = ofType(core, 'AWS::ApiGateway::Stage')[0]!;
  const [, api] = ofType(core, 'AWS::ApiGateway::RestApi')[0]!;

  expect(stage.Properties.StageName).toBe('v1');
  expect(stage.Properties.MethodSettings).toEqual([
    {
      DataTraceEnabled: false,
      HttpMethod: '*',
      LoggingLevel: 'OFF',
      ResourcePath: '/*',
      ThrottlingBurstLimit: 1000,
      ThrottlingRateLimit: 1000,
    },
  ]);
  expect(api.Properties.BinaryMediaTypes).toEqual(['*/*']);
});

it('a local API has the id that its address was made of', () => {
  const [, http] = ofType(synthesised('local', 'http').core, 'AWS::ApiGatewayV2::Api')[0]!;
  const [, rest] = ofType(synthesised('local', 'rest').core, 'AWS::ApiGateway::RestApi')[0]!;

  expect(http.Properties.Tags).toMatchObject({ 'ms-custom-id': '51d1ce00', _custom_id_: '51d1ce00' });
  expect(rest.Properties.Tags).toEqual(
    expect.arrayContaining([
      { Key: 'ms-custom-id', Value: '51d1ce00' },
      { Key: '_custom_id_', Value: '51d1ce00' },
    ]),
  );
});
