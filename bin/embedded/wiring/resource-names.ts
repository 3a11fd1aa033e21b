/** What resources are called: names and ARNs of the same form as on AWS, made of the names that lib/ has for them. */

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
}

/** What an account and a region are called where there are none. Names and ARNs hold them. */
export const REGION = 'embedded';
export const ACCOUNT = '000000000000';

export interface Identity {
  /** What `Ref` stands for. */
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The principal of a key policy that leaves the key to IAM. */
export const ACCOUNT_PRINCIPAL = JSON.stringify({ AWS: `arn:aws:iam::${ACCOUNT}:root` });

export const arnOf = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** The stream of a table. There is one only, with one name for ever: positions in it outlive restarts. */
export const streamArnOf = (tableArn: string): string => `${tableArn}/stream/embedded`;

/** The last construct in the resource's path: a table is `payments`, its construct `PaymentsTable`. */
export function localName(id: string, { Type, Metadata }: Resource): string {
  const path = Metadata?.['aws:cdk:path']?.replace(/\/Resource$/, '');
  if (path === undefined) throw new Error(`template: ${Type} ${id}: has no aws:cdk:path`);
  const name = path.split('/').at(-1)!;
  const suffix = SUFFIXES[Type];
  if (suffix === undefined) return name;
  return name.replace(new RegExp(`${suffix}$`), '').replace(/^[A-Z]/, (first) => first.toLowerCase());
}

const SUFFIXES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'Table',
  'AWS::KMS::Key': 'Key',
  'AWS::S3::Bucket': '',
};

/** The name and the attributes that CloudFormation would give. Only attributes that are known here have a value. */
export function identityOf(id: string, resource: Resource): Identity {
  const name = localName(id, resource);
  const own = (property: string): string | undefined => {
    const value = resource.Properties[property];
    if (value !== undefined && typeof value !== 'string') throw new Error(`template: ${id}: ${property} is no text`);
    return value;
  };
  switch (resource.Type) {
    case 'AWS::DynamoDB::Table': {
      const Arn = arnOf('dynamodb', `table/${name}`);
      return { ref: name, attributes: { Arn, StreamArn: streamArnOf(Arn) } };
    }
    case 'AWS::SQS::Queue': {
      const QueueName = resource.Properties.FifoQueue === true ? `${name}.fifo` : name;
      // A queue's address. No client of AWS is ever given it.
      return { ref: `queue:${QueueName}`, attributes: { Arn: arnOf('sqs', QueueName), QueueName } };
    }
    case 'AWS::Lambda::Function': {
      const physical = own('FunctionName') ?? name;
      return { ref: physical, attributes: { Arn: arnOf('lambda', `function:${physical}`) } };
    }
    case 'AWS::KMS::Key':
      return { ref: name, attributes: { Arn: arnOf('kms', `key/${name}`) } };
    case 'AWS::S3::Bucket':
      return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
    case 'AWS::StepFunctions::StateMachine': {
      const Arn = arnOf('states', `stateMachine:${name}`);
      return { ref: Arn, attributes: { Arn, Name: name } };
    }
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${name}` } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arnOf('logs', `log-group:${name}:*`) } };
    case 'AWS::SNS::Topic':
      return { ref: arnOf('sns', own('TopicName') ?? name), attributes: {} };
    case 'AWS::Events::Rule':
      return { ref: id, attributes: { Arn: arnOf('events', `rule/${id}`) } };
    case 'AWS::ApiGateway::RestApi':
      return { ref: id, attributes: { RootResourceId: `${id}/root` } };
    default:
      // Only other resources of the template name these, by their ids: the API's resources and its deployment.
      return { ref: id, attributes: {} };
  }
}
