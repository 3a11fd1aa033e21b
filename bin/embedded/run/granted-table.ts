/** The tables as one function may use them: each call is checked as IAM checks DynamoDB's action behind it. */
import type {
  ExpiredKeys,
  ExpiringTable,
  IndexName,
  Item,
  Key,
  Page,
  Query,
  Read,
  TableName,
  Write,
} from '../../../functions/table/table.ts';
import type { MayUse } from '../wiring/access.ts';

export interface GrantedTableDeps {
  readonly table: ExpiringTable;
  /** The ARN of a table. Throws where the function's environment does not name it. */
  readonly arnOf: (table: TableName) => string;
  readonly mayUse: MayUse;
}

const WRITES = { put: 'PutItem', update: 'UpdateItem', delete: 'DeleteItem', check: 'ConditionCheckItem' } as const;

export const grantedTable = (deps: GrantedTableDeps): ExpiringTable => new GrantedTable(deps);

class GrantedTable implements ExpiringTable {
  private readonly table: ExpiringTable;
  private readonly arnOf: GrantedTableDeps['arnOf'];
  private readonly mayUse: MayUse;
  /** Rights do not change while the stack runs. */
  private readonly allowed = new Set<string>();

  constructor({ table, arnOf, mayUse }: GrantedTableDeps) {
    this.table = table;
    this.arnOf = arnOf;
    this.mayUse = mayUse;
  }

  async get(table: TableName, key: Key): Promise<Item | undefined> {
    this.check(table, 'GetItem');
    return this.table.get(table, key);
  }

  async getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]> {
    for (const { table } of reads) this.check(table, 'BatchGetItem');
    return this.table.getMany(reads, consistency);
  }

  async query(table: TableName, query: Query): Promise<Page> {
    this.check(table, 'Query', query.index);
    return this.table.query(table, query);
  }

  async commit(...writes: readonly [Write, ...Write[]]): Promise<void> {
    for (const { table, kind } of writes) this.check(table, WRITES[kind]);
    return this.table.commit(...writes);
  }

  async expiredKeys(table: TableName, nowSeconds: number, after?: Key): Promise<ExpiredKeys> {
    this.check(table, 'Scan');
    return this.table.expiredKeys(table, nowSeconds, after);
  }

  private check(table: TableName, action: string, index?: IndexName): void {
    const asked = `${action} ${table} ${index ?? ''}`;
    if (this.allowed.has(asked)) return;
    const arn = this.arnOf(table);
    this.mayUse(`dynamodb:${action}`, index === undefined ? arn : `${arn}/index/${index}`);
    this.allowed.add(asked);
  }
}
