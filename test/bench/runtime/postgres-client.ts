/** The client of PostgreSQL, from a folder that it was installed in. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface PostgresClient {
  query(statement: { readonly name: string; readonly text: string; readonly values: readonly unknown[] }): Promise<{
    readonly rowCount: number | null;
  }>;
  end(): Promise<void>;
}

/** `packages` is the folder whose node_modules has `pg`. Rejects where nothing takes connections. */
export async function connectTo(packages: string, port: number): Promise<PostgresClient> {
  const { Client } = createRequire(join(packages, 'index.js'))('pg') as {
    readonly Client: new (options: object) => PostgresClient & { connect(): Promise<void> };
  };
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  return client;
}
