/** The API's address, its domain, its limits and its log. */
import { describe, expect, it } from 'vitest';
import { REQUESTS_PER_SECOND } from '../../functions/api/rate-limit.ts';
import { appOf, namedBy, ofType, type Resource, synthesised } from './synth.ts';

const APIS = ['rest', 'http'] as const;
const API_TYPE = { rest: 'AWS::ApiGateway::RestApi', http: 'AWS::ApiGatewayV2::Api' } as const;
const STAGE_TYPE = { rest: 'AWS::ApiGateway::Stage', http: 'AWS::ApiGatewayV2::Stage' } as const;

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}
const templateOf = (context: Record<string, string>, environment: Record<string, string> = {}): Template => {
  const { app, stack } = appOf(context, environment);
  return app.synth().getStackArtifact(stack.artifactId).template as Template;
};
const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const joined = (value as { 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  if (joined) return joined[1].map(text).join(joined[0]);
  return `<${(value as { Ref: string }).Ref}>`;
};
const variables = ({ Resources }: Pick<Template, 'Resources'>, name: string): readonly string[] => [
  ...new Set(
    ofType(Resources, 'AWS::Lambda::Function')
      .map(([, { Properties }]) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables[name])
      .filter((value) => value !== undefined)
      .map(text),
  ),
];

describe('the address', () => {
  it.each([
    ['rest', 'ApiRestApiE35FEAFE'],
    ['http', 'ApiHttpApi2997B86B'],
  ] as const)('%s API: its logical id is pinned, for the merchants’ host follows from it', (api, id) => {
    for (const target of ['aws', 'local'] as const)
      expect(ofType(synthesised(target, api).core, API_TYPE[api]).map(([logicalId]) => logicalId)).toEqual([id]);
  });

  it.each([
    ['rest', 'ApiRestApiE35FEAFE'],
    ['http', 'ApiHttpApi2997B86B'],
  ] as const)('%s API: `/v1/…` follows the host, and all else has an address below `/v1`', (api, id) => {
    const template = templateOf({ target: 'aws', api });
    const host = `https://<${id}>.execute-api.<AWS::Region>.<AWS::URLSuffix>`;

    expect(text(template.Outputs.ApiUrl!.Value)).toBe(host);
    expect(text(template.Outputs.ApiAddress!.Value)).toBe(host);
    expect(variables(template, 'PUBLIC_URL')).toEqual([host]);
    expect(variables(template, 'SANDBOX_URL')).toEqual([`${host}/v1/sandbox`]);
  });

  it('on an emulator it is the emulator’s, which the stage of a REST API follows as `/v1`', () => {
    const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' };
    const address = (api: string) => templateOf({ api }, environment).Outputs.ApiAddress!.Value;

    expect(address('rest')).toBe('http://127.0.0.1:4599/_aws/execute-api/51d1ce00');
    expect(address('http')).toBe('http://127.0.0.1:4599/_aws/execute-api/51d1ce00/$default');
  });

  it('publicUrl and sandboxUrl replace what the stack would say, without a slash at the end', () => {
    const template = templateOf({
      publicUrl: 'https://pay.example.com/',
      sandboxUrl: 'https://acquirer.example.com/s',
    });

    expect(template.Outputs.ApiUrl!.Value).toBe('https://pay.example.com');
    expect(variables(template, 'PUBLIC_URL')).toEqual(['https://pay.example.com']);
    expect(variables(template, 'SANDBOX_URL')).toEqual(['https://acquirer.example.com/s']);
  });
});

describe('a custom domain', () => {
  const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';
  const context = { target: 'aws', domainName: 'pay.example.com', certificateArn };

  it('REST API: `/v1/…` and the root lead to the stage v1, over TLS 1.2', () => {
    const template = templateOf({ ...context, api: 'rest' });
    const [[, domain]] = ofType(template.Resources, 'AWS::ApiGateway::DomainName') as [readonly [string, Resource]];
    const mappings = ofType(template.Resources, 'AWS::ApiGateway::BasePathMapping').map(([, { Properties: p }]) => [
      p.BasePath,
      p.Stage,
      namedBy(p.RestApiId),
    ]);

    expect(domain.Properties).toMatchObject({
      DomainName: 'pay.example.com',
      RegionalCertificateArn: certificateArn,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(mappings).toEqual([
      [undefined, 'v1', 'ApiRestApiE35FEAFE'],
      ['v1', 'v1', 'ApiRestApiE35FEAFE'],
    ]);
    expect(template.Outputs.ApiUrl!.Value).toBe('https://pay.example.com');
    expect(variables(template, 'PUBLIC_URL')).toEqual(['https://pay.example.com']);
    expect(template.Outputs).toHaveProperty('DomainTarget');
    expect(ofType(template.Resources, 'AWS::Route53::RecordSet')).toEqual([]);
  });

  it('HTTP API: the root leads to the stage $default', () => {
    const template = templateOf({ ...context, api: 'http' });
    const mappings = ofType(template.Resources, 'AWS::ApiGatewayV2::ApiMapping').map(
      ([, { Properties }]) => Properties,
    );

    expect(mappings).toEqual([expect.objectContaining({ Stage: '$default', ApiId: { Ref: 'ApiHttpApi2997B86B' } })]);
    expect(mappings[0]).not.toHaveProperty('ApiMappingKey');
    expect(template.Outputs.ApiUrl!.Value).toBe('https://pay.example.com');
  });

  it.each(APIS)('%s API: a hosted zone gets the alias record', (api) => {
    const template = templateOf({ ...context, api, hostedZoneId: 'Z123' });

    expect(ofType(template.Resources, 'AWS::Route53::RecordSet').map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({ Name: 'pay.example.com', Type: 'A', HostedZoneId: 'Z123' }),
    ]);
  });

  it.each([
    [{ domainName: 'pay.example.com' }, 'needs certificateArn'],
    [{ certificateArn }, 'needs domainName'],
    [{ hostedZoneId: 'Z123' }, 'needs domainName'],
    [{ domainName: 'https://pay.example.com', certificateArn }, 'must be a host name'],
    [{ throttleRate: '0' }, 'must be a whole number'],
    [{ addressRate: '1.5' }, 'must be a whole number'],
  ])('%o is refused with the value that is wrong', (wrong, message) => {
    expect(() => appOf(wrong as Record<string, string>)).toThrow(message);
  });
});

describe('the hand-over of raw paths', () => {
  const token = { SLUICE_RAW_PATH_TOKEN: 'secret-of-the-session' };

  it.each(APIS)('%s API: no function on AWS knows a token, whatever the environment holds', (api) => {
    const template = templateOf({ target: 'aws', api }, token);

    expect(variables(template, 'RAW_PATH_TOKEN')).toEqual([]);
    expect(JSON.stringify(template)).not.toMatch(/RAW_PATH_TOKEN|secret-of-the-session/);
  });

  it.each(APIS)('%s API: each function that a local API calls knows it, and no other', (api) => {
    const { Resources } = templateOf({ target: 'local', api }, { ...token, AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' });
    const served = ofType(Resources, 'AWS::Lambda::Permission')
      .filter(([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com')
      .map(([, { Properties }]) => namedBy(Properties.FunctionName));
    const knowing = ofType(Resources, 'AWS::Lambda::Function')
      .filter(([, { Properties }]) => 'RAW_PATH_TOKEN' in (Properties.Environment as { Variables: object }).Variables)
      .map(([id]) => id);

    expect(knowing.sort()).toEqual([...new Set(served)].sort());
    expect(knowing).toHaveLength(11);
  });
});

describe('addresses that stand for the hosts of channels', () => {
  const addresses = { SLUICE_CHANNELS_AT: 'stripe=http://127.0.0.1:4242' };
  const emulator = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' };
  const having = (template: Parameters<typeof variables>[0], variable: string): readonly string[] =>
    ofType(template.Resources, 'AWS::Lambda::Function')
      .filter(([, { Properties }]) => variable in (Properties.Environment as { Variables: object }).Variables)
      .map(([id]) => id);

  it.each(APIS)('%s API: no function on AWS has any, whatever the environment holds', (api) => {
    const template = templateOf({ target: 'aws', api }, addresses);

    expect(JSON.stringify(template)).not.toMatch(/CHANNELS_AT|ChannelsAt|127\.0\.0\.1/);
    expect(() => appOf({ target: 'aws', channelsAt: addresses.SLUICE_CHANNELS_AT })).toThrow('no such setting');
  });

  it('each function that calls channels on an emulator has them, and no other', () => {
    const template = templateOf({ target: 'local' }, { ...addresses, ...emulator });

    expect(variables(template, 'CHANNELS_AT')).toEqual([addresses.SLUICE_CHANNELS_AT]);
    expect(having(template, 'CHANNELS_AT')).toEqual(having(template, 'SANDBOX_URL'));
    expect(having(templateOf({ target: 'local' }, emulator), 'CHANNELS_AT')).toEqual([]);
  });

  it('the embedded runtime gives them to the same functions, by a parameter', () => {
    const template = templateOf({ target: 'embedded' }, {});

    expect(variables(template, 'CHANNELS_AT')).toEqual(['<ChannelsAt>']);
    expect(having(template, 'CHANNELS_AT')).toEqual(having(template, 'SANDBOX_URL'));
  });
});

describe('limits and the log', () => {
  const stageOf = (api: 'http' | 'rest', context: Record<string, string> = {}) =>
    ofType(templateOf({ target: 'aws', api, ...context }).Resources, STAGE_TYPE[api])[0]![1].Properties;

  it('the stage throttles, as the context says', () => {
    const context = { throttleRate: '300', throttleBurst: '500' };

    expect(stageOf('http').DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 });
    expect(stageOf('http', context).DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 300,
      ThrottlingBurstLimit: 500,
    });
    expect(stageOf('rest', context).MethodSettings).toEqual([
      expect.objectContaining({ ThrottlingRateLimit: 300, ThrottlingBurstLimit: 500 }),
    ]);
  });

  it.each(APIS)('%s API: the access log has what the gateway knows, and nothing that a client wrote', (api) => {
    const { core } = synthesised('aws', api);
    const { Properties } = ofType(core, STAGE_TYPE[api])[0]![1];
    const settings = (Properties.AccessLogSetting ?? Properties.AccessLogSettings) as {
      DestinationArn: unknown;
      Format: string;
    };
    const destination = JSON.stringify(settings.DestinationArn);
    const group = ofType(core, 'AWS::Logs::LogGroup').find(([id]) => destination.includes(`"${id}"`))![1];

    expect(JSON.parse(settings.Format)).toEqual({
      time: '$context.requestTimeEpoch',
      requestId: '$context.requestId',
      ip: '$context.identity.sourceIp',
      status: '$context.status',
      length: '$context.responseLength',
      reason: '$context.error.responseType',
    });
    expect([group.Properties.RetentionInDays, namedBy(group.Properties.KmsKeyId), group.DeletionPolicy]).toEqual([
      30,
      'DataKey',
      'RetainExceptOnCreate',
    ]);
  });

  it('REST API: the account lets it log before the stage is made, and still after the stack is gone', () => {
    const { core } = synthesised('aws', 'rest');
    const [[id, account]] = ofType(core, 'AWS::ApiGateway::Account') as [readonly [string, Resource]];
    const role = core[namedBy(account.Properties.CloudWatchRoleArn)]!;
    const stage = ofType(core, 'AWS::ApiGateway::Stage')[0]![1] as Resource & { readonly DependsOn: readonly string[] };

    expect([account.DeletionPolicy, role.DeletionPolicy]).toEqual(['Retain', 'Retain']);
    expect(stage.DependsOn).toContain(id);
  });

  it('REST API: a request over the stage’s limit is asked to retry, as one over its key’s limit is', () => {
    const responses = ofType(synthesised('aws', 'rest').core, 'AWS::ApiGateway::GatewayResponse').map(
      ([, { Properties }]) => Properties,
    );
    const throttled = responses.find(({ ResponseType }) => ResponseType === 'THROTTLED')!;

    expect(throttled.ResponseParameters).toEqual({
      'gatewayresponse.header.access-control-allow-origin': "'*'",
      'gatewayresponse.header.stripe-should-retry': "'true'",
      'gatewayresponse.header.retry-after': "'1'",
    });
    expect(JSON.stringify(throttled.ResponseTemplates)).toContain('rate_limit');
    // A page reads the gateway's own errors too.
    for (const { ResponseParameters } of responses)
      expect(ResponseParameters).toMatchObject({ 'gatewayresponse.header.access-control-allow-origin': "'*'" });
  });

  it.each(['http', 'rest'] as const)(
    '%s API: a preflight reaches the functions, which alone know what is public',
    (api) => {
      const { core } = synthesised('aws', api);
      const methods = ofType(core, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties.HttpMethod);
      const routes = ofType(core, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => String(Properties.RouteKey));
      const configured = ofType(core, 'AWS::ApiGatewayV2::Api').map(
        ([, { Properties }]) => Properties.CorsConfiguration,
      );

      // With a configuration of its own API Gateway would answer OPTIONS itself, and replace the functions' headers.
      expect(configured.filter((each) => each !== undefined)).toEqual([]);
      expect([...methods, ...routes].filter((each) => !/^(ANY( |$)|\$default$)/.test(String(each)))).toEqual([]);
      expect(methods.length + routes.length).toBeGreaterThan(20);
    },
  );

  it('web ACL: an address may do more than a key, and is refused in Stripe’s shape', () => {
    const ruleOf = (context: Record<string, string>) => {
      const { app, extras } = appOf({ target: 'aws', ...context });
      const { Resources } = app.synth().getStackArtifact(extras!.artifactId).template as Template;
      const acl = ofType(Resources, 'AWS::WAFv2::WebACL')[0]![1].Properties as {
        CustomResponseBodies: Record<string, { Content: string }>;
        Rules: readonly {
          Name: string;
          Action: { Block: { CustomResponse: { ResponseCode: number; CustomResponseBodyKey: string } } };
          Statement: { RateBasedStatement: { Limit: number; EvaluationWindowSec: number } };
        }[];
      };
      const rule = acl.Rules.find(({ Name }) => Name === 'requests-per-address')!;
      return { rule, bodies: acl.CustomResponseBodies };
    };
    const perSecond = ({ rule }: ReturnType<typeof ruleOf>): number =>
      rule.Statement.RateBasedStatement.Limit / rule.Statement.RateBasedStatement.EvaluationWindowSec;
    const made = ruleOf({});
    const { ResponseCode, CustomResponseBodyKey } = made.rule.Action.Block.CustomResponse;

    expect(perSecond(made)).toBe(200);
    expect(perSecond(made)).toBeGreaterThanOrEqual(2 * REQUESTS_PER_SECOND);
    expect(perSecond(ruleOf({ addressRate: '1000' }))).toBe(1000);
    expect(ResponseCode).toBe(429);
    expect(JSON.parse(made.bodies[CustomResponseBodyKey]!.Content)).toMatchObject({ error: { code: 'rate_limit' } });
  });
});
