/** Reading resources of the template: strictly, with messages that name the resource and the property. */
import * as z from 'zod/mini';
import type { ResolvedResource } from './resolve.ts';

/** Types of which nothing needs to be done on one machine, with the reason. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Deployment': 'The routes of the template are the ones that are served.',
  'AWS::CloudWatch::Alarm': 'No metrics are kept: the log shows failures.',
  'AWS::Logs::LogGroup': 'Functions write to the log of the process.',
  'AWS::SNS::Topic': 'Alarms alone publish to it.',
  'AWS::SNS::TopicPolicy': 'Alarms alone publish to the topic.',
};

/** Types that the model has. */
export const MODELED: readonly string[] = [
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
];

/** A service that calls a function, and on behalf of which resource. */
export interface Caller {
  readonly principal: string;
  readonly source: string;
}

export function assertKnownTypes(resources: readonly ResolvedResource[]): void {
  const strange = resources.find(({ type }) => !MODELED.includes(type) && !Object.hasOwn(WITHOUT_EFFECT, type));
  if (strange) throw new Error(`template: ${strange.type} ${strange.id}: type is not known`);
}

/** The resource's properties as the schema has them. */
export function read<T>(schema: z.ZodMiniType<T>, { type, id, properties }: ResolvedResource): T {
  const parsed = z.safeParse(schema, properties);
  if (parsed.success) return parsed.data;
  const { path, message, ...issue } = parsed.error.issues[0]!;
  const keys = 'keys' in issue ? ` ${issue.keys.join(', ')}` : '';
  throw new Error(`template: ${type} ${id}: ${path.join('.') || 'properties'}: ${message}${keys}`);
}

/** The error of a resource that names what is not there. */
export const unknown = ({ type, id }: ResolvedResource, what: string): Error =>
  new Error(`template: ${type} ${id}: ${what}: is not known`);

/** The part with this ARN, for the resource that names it. */
export function withArn<T extends { readonly arn: string }>(
  parts: readonly T[],
  arn: string,
  user: ResolvedResource,
): T {
  const part = parts.find((each) => each.arn === arn);
  if (part === undefined) throw unknown(user, arn);
  return part;
}
