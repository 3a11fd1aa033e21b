/** The deployed stack's own parts, by the names that the code uses for them. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type FunctionConfiguration, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { physicalNames } from '../../bin/local/stack-resources.ts';
import { deployed } from './deployed.ts';

export const clientOptions = () => ({
  endpoint: deployed().endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

export const lambdaClient = (): LambdaClient => new LambdaClient(clientOptions());

/** Physical names of the tables: `payments` → `Sluice-PaymentsTable-…`. */
export async function tableNames(): Promise<ReadonlyMap<string, string>> {
  const { TableNames = [] } = await new DynamoDBClient(clientOptions()).send(new ListTablesCommand({}));
  const prefix = `${deployed().stack}-`;
  return new Map(
    TableNames.flatMap((name) => {
      const logical = name.startsWith(prefix) ? /^([A-Z][a-z]+)Table/.exec(name.slice(prefix.length))?.[1] : undefined;
      return logical ? [[logical.toLowerCase(), name] as const] : [];
    }),
  );
}

/** The deployed function of a name in lib/functions.json. */
export async function functionNamed(name: string): Promise<FunctionConfiguration & { readonly FunctionName: string }> {
  const { endpoint, stack } = deployed();
  const names = await physicalNames(endpoint, stack, 'AWS::Lambda::Function');
  const logical = new RegExp(`${name.replaceAll('-', '')}[0-9A-F]{8}$`);
  const FunctionName = [...names].find(([id]) => logical.test(id))?.[1];
  if (FunctionName === undefined) throw new Error(`there is no function ${name}`);
  return { ...(await lambdaClient().send(new GetFunctionConfigurationCommand({ FunctionName }))), FunctionName };
}

const answers = async (path: string): Promise<boolean> =>
  (await fetch(`${deployed().endpoint}${path}`).catch(() => undefined))?.ok === true;

export const onMiniStack = (): Promise<boolean> => answers('/_ministack/health');
/** MiniStack answers LocalStack's path too. */
export const onLocalStack = async (): Promise<boolean> =>
  !(await onMiniStack()) && (await answers('/_localstack/health'));
