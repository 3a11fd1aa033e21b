/** The deployed stack's own parts, by the names that the code uses for them. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type FunctionConfiguration, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { deployed } from './deployed.ts';

const clientOptions = () => ({
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
  const { stack } = deployed();
  const wanted = name === 'merchants-operator' ? `${stack}-operator` : name.replaceAll('-', '');
  for await (const page of paginateListFunctions({ client: lambdaClient() }, {})) {
    const found = page.Functions?.find(({ FunctionName = '' }) =>
      name === 'merchants-operator'
        ? FunctionName === wanted
        : FunctionName.startsWith(`${stack}-`) && new RegExp(`${wanted}[0-9A-F]{8}`).test(FunctionName),
    );
    if (found?.FunctionName) return { ...found, FunctionName: found.FunctionName };
  }
  throw new Error(`there is no function ${name}`);
}
