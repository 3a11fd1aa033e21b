/** The routes of the REST API, and what the gateway answers itself. */
import type { Api, GatewayResponse, Route } from './model-types.ts';
import { type Caller, read } from './read.ts';
import type { ResolvedResource } from './resolve.ts';
import { arnOf } from './resource-names.ts';
import {
  apiResourceProperties,
  gatewayResponseProperties,
  methodProperties,
  restApiProperties,
  stageProperties,
} from './schemas.ts';

const INTEGRATION = /^arn:aws:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;
const HEADER = /^gatewayresponse\.header\.([a-z-]+)$/;
/** One whole segment, or all that follow. */
const SEGMENT = /^(?:[a-z0-9_]+|\{proxy\+\})$/;

/** `functionOf` gives the name of the function with an ARN, if API Gateway may call it. */
export function apiOf(
  ofType: (type: string) => readonly ResolvedResource[],
  functionOf: (arn: string, caller: Caller) => string,
): Api {
  const api = only(ofType('AWS::ApiGateway::RestApi'), 'AWS::ApiGateway::RestApi');
  read(restApiProperties, api);
  const caller = { principal: 'apigateway.amazonaws.com', source: `${arnOf('execute-api', api.id)}/*` };
  const { StageName } = read(stageProperties, only(ofType('AWS::ApiGateway::Stage'), 'AWS::ApiGateway::Stage'));
  const pathOf = pathsBelow(api.id, ofType('AWS::ApiGateway::Resource'));
  const routes = ofType('AWS::ApiGateway::Method').map((method): Route => {
    const { Integration, ResourceId } = read(methodProperties, method);
    const arn = INTEGRATION.exec(Integration.Uri)?.[1];
    if (arn === undefined)
      throw new Error(`template: ${method.type} ${method.id}: Uri ${Integration.Uri}: is no function`);
    return {
      path: pathOf(ResourceId),
      function: functionOf(arn, caller),
      timeoutMs: Integration.TimeoutInMillis,
    };
  });
  return { stage: StageName, routes, responses: ofType('AWS::ApiGateway::GatewayResponse').map(responseOf) };
}

function only(found: readonly ResolvedResource[], type: string): ResolvedResource {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`template: ${found.length} resources are ${type}`);
  return first;
}

function pathsBelow(api: string, resources: readonly ResolvedResource[]): (id: string) => readonly string[] {
  const parts = new Map(
    resources.map((resource) => {
      const { ParentId, PathPart } = read(apiResourceProperties, resource);
      if (!SEGMENT.test(PathPart)) throw new Error(`template: ${resource.type} ${resource.id}: PathPart ${PathPart}`);
      return [resource.id, { ParentId, PathPart }] as const;
    }),
  );
  return function pathOf(id): readonly string[] {
    if (id === `${api}/root`) return [];
    const part = parts.get(id);
    if (part === undefined) throw new Error(`template: the API has no resource ${id}`);
    return [...pathOf(part.ParentId), part.PathPart];
  };
}

function responseOf(resource: ResolvedResource): GatewayResponse {
  const { ResponseParameters, ResponseTemplates, ResponseType } = read(gatewayResponseProperties, resource);
  const headers = Object.entries(ResponseParameters).map(([parameter, value]) => {
    const name = HEADER.exec(parameter)?.[1];
    const literal = /^'(.*)'$/.exec(value)?.[1];
    if (name === undefined || literal === undefined)
      throw new Error(
        `template: ${resource.type} ${resource.id}: ${parameter} = ${value}: is no header with a fixed value`,
      );
    return [name, literal];
  });
  return {
    type: ResponseType,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: ResponseTemplates['application/json'],
  };
}
