/**
 * The properties of each resource type, all of them: one that is not listed is refused by its name, so that nothing that lib/ says is
 * silently without effect here. What has no effect on one machine is listed as `of AWS`.
 */
import * as z from 'zod/mini';

/** A property that means nothing here: which machine runs a function, how a service encrypts, what an account owner reads. */
const ofAws = z.optional(z.unknown());
const text = z.string();
const count = z.number().check(z.int(), z.nonnegative());
const yes = z.literal(true);

export const functionProperties = z.strictObject({
  FunctionName: z.optional(text),
  Environment: z.strictObject({ Variables: z.record(text, text) }),
  Handler: z.literal('index.handler'),
  MemorySize: count,
  ReservedConcurrentExecutions: z.optional(count),
  Role: text,
  Timeout: count,
  Architectures: ofAws,
  Code: ofAws,
  LoggingConfig: ofAws,
  Runtime: ofAws,
});

export const queueMappingProperties = z.strictObject({
  BatchSize: count,
  EventSourceArn: text,
  FunctionName: text,
  FunctionResponseTypes: z.optional(z.tuple([z.literal('ReportBatchItemFailures')])),
  ScalingConfig: z.strictObject({ MaximumConcurrency: count }),
});

export const streamMappingProperties = z.strictObject({
  BatchSize: count,
  BisectBatchOnFunctionError: z.boolean(),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: text }) }),
  EventSourceArn: text,
  FunctionName: text,
  MaximumRecordAgeInSeconds: count,
  MaximumRetryAttempts: count,
  StartingPosition: z.literal('TRIM_HORIZON'),
});

export const queueProperties = z.strictObject({
  DelaySeconds: z.optional(count),
  DeduplicationScope: z.optional(z.enum(['messageGroup', 'queue'])),
  FifoQueue: z.optional(yes),
  MessageRetentionPeriod: count,
  RedrivePolicy: z.optional(z.strictObject({ deadLetterTargetArn: text, maxReceiveCount: count })),
  VisibilityTimeout: z.optional(count),
  FifoThroughputLimit: ofAws,
  KmsDataKeyReusePeriodSeconds: ofAws,
  KmsMasterKeyId: ofAws,
});

/** Names of the partition key and the sort key. */
const keySchema = z.tuple([
  z.strictObject({ AttributeName: text, KeyType: z.literal('HASH') }),
  z.strictObject({ AttributeName: text, KeyType: z.literal('RANGE') }),
]);

export const tableProperties = z.strictObject({
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: text, AttributeType: z.literal('S') })),
  GlobalSecondaryIndexes: z.optional(
    z.array(
      z.strictObject({
        IndexName: text,
        KeySchema: keySchema,
        Projection: z.strictObject({ ProjectionType: z.literal('KEYS_ONLY') }),
      }),
    ),
  ),
  KeySchema: keySchema,
  StreamSpecification: z.optional(z.strictObject({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') })),
  TimeToLiveSpecification: z.optional(z.strictObject({ AttributeName: text, Enabled: yes })),
  BillingMode: ofAws,
  DeletionProtectionEnabled: ofAws,
  PointInTimeRecoverySpecification: ofAws,
  SSESpecification: ofAws,
  Tags: ofAws,
});

export const bucketProperties = z.strictObject({
  BucketEncryption: ofAws,
  OwnershipControls: ofAws,
  PublicAccessBlockConfiguration: ofAws,
  Tags: ofAws,
  VersioningConfiguration: ofAws,
});

/** Whose key policy leaves it to IAM who may use the key. What it says of AWS’s own services has no effect here. */
export const keyProperties = z.strictObject({
  EnableKeyRotation: z.optional(yes),
  KeyPolicy: z.object({
    Statement: z.array(z.object({ Action: z.unknown(), Effect: z.literal('Allow'), Principal: z.unknown() })),
  }),
  KeySpec: z.optional(z.literal('HMAC_256')),
  KeyUsage: z.optional(z.literal('GENERATE_VERIFY_MAC')),
  Description: ofAws,
  PendingWindowInDays: ofAws,
});

export const ruleProperties = z.strictObject({
  ScheduleExpression: text,
  State: z.literal('ENABLED'),
  Targets: z.tuple([
    z.strictObject({
      Arn: text,
      Id: text,
      Input: z.optional(text),
      RetryPolicy: z.strictObject({ MaximumRetryAttempts: z.literal(0) }),
    }),
  ]),
  Description: ofAws,
});

export const machineProperties = z.strictObject({ DefinitionString: text, RoleArn: text, LoggingConfiguration: ofAws });

export const restApiProperties = z.strictObject({
  /** Bodies arrive as bytes, whatever their type. */
  BinaryMediaTypes: z.tuple([z.literal('*/*')]),
  Name: text,
  Description: ofAws,
  EndpointConfiguration: ofAws,
});

export const stageProperties = z.strictObject({
  StageName: text,
  RestApiId: text,
  DeploymentId: ofAws,
  MethodSettings: ofAws,
});

export const apiResourceProperties = z.strictObject({ ParentId: text, PathPart: text, RestApiId: text });

export const methodProperties = z.strictObject({
  AuthorizationType: z.literal('NONE'),
  HttpMethod: z.literal('ANY'),
  Integration: z.strictObject({
    IntegrationHttpMethod: z.literal('POST'),
    TimeoutInMillis: count,
    /** The function gets the whole request as an event of format 1.0, and its answer is the response. */
    Type: z.literal('AWS_PROXY'),
    Uri: text,
  }),
  ResourceId: text,
  RestApiId: text,
});

export const gatewayResponseProperties = z.strictObject({
  ResponseParameters: z.record(text, text),
  ResponseTemplates: z.strictObject({ 'application/json': text }),
  ResponseType: text,
  RestApiId: text,
});

export const permissionProperties = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: text,
  Principal: text,
  SourceArn: text,
});

export const roleProperties = z.strictObject({
  AssumeRolePolicyDocument: z.strictObject({
    Statement: z.tuple([
      z.strictObject({
        Action: z.literal('sts:AssumeRole'),
        Effect: z.literal('Allow'),
        Principal: z.strictObject({ Service: text }),
      }),
    ]),
    Version: text,
  }),
});

const oneOrMore = z.pipe(
  z.union([text, z.array(text)]),
  z.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);

/** A statement of a role's policy. A denial, an exception or another condition is refused by its name. */
export const statementSchema = z.strictObject({
  Action: oneOrMore,
  Effect: z.literal('Allow'),
  Resource: oneOrMore,
  Condition: z.optional(
    z.strictObject({
      StringEquals: z.optional(z.record(text, text)),
      StringEqualsIfExists: z.optional(z.record(text, text)),
    }),
  ),
});

export const policyProperties = z.strictObject({
  PolicyDocument: z.strictObject({ Statement: z.array(statementSchema), Version: z.literal('2012-10-17') }),
  Roles: z.array(text),
  PolicyName: ofAws,
});
