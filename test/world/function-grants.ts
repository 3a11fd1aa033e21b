/**
 * The functions' grants in the app in process: a call of a table is checked against docs/grants.md, which test/infra compares with the template. Nothing
 * is checked outside of a function.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { grantedTable } from '../../bin/embedded/run/granted-table.ts';
import type { ExpiringTable, Table } from '../../functions/table/table.ts';
import type { FunctionName } from '../../lib/function-names.ts';
import { allowedBy, readGrants } from '../infra/grants.ts';

const running = new AsyncLocalStorage<FunctionName>();

/** Runs the work as this function: with its grants only. */
export const as = <T>(name: FunctionName, work: () => Promise<T>): Promise<T> => running.run(name, work);

/** Runs the work as a test does that lets something else happen meanwhile: as no function. */
export const asNone = <T>(work: () => T): T => running.exit(work);

let page: ReadonlyMap<string, ReadonlySet<string>> | undefined;

function allows(name: FunctionName, action: string, resource: string): boolean {
  page ??= new Map(readGrants().map((row) => [row.name, new Set(allowedBy(row))]));
  return page.get(name)!.has(`${action} ${resource}`);
}

/** A table of an engine lists no expired keys, and nothing asks it to. */
type AnyTable = Table & Partial<ExpiringTable>;

/** The table as `name` may use it. */
export const grantedTo = (name: FunctionName, table: AnyTable): ExpiringTable =>
  grantedTable({
    table: table as ExpiringTable,
    arnOf: (of) => `table ${of}`,
    mayUse: (action, arn) => {
      const resource = arn.replace(/^table (.*)\/index\//, 'index $1/');
      if (!allows(name, action, resource))
        throw new Error(`AccessDeniedException: ${name} is not authorized to perform ${action} on ${resource}`);
    },
  });

/** The table as the function may use it that runs. */
export function tableInUse(table: AnyTable): ExpiringTable {
  const whole = table as ExpiringTable;
  const made = new Map<FunctionName, ExpiringTable>();
  const inUse = (): ExpiringTable => {
    const name = running.getStore();
    if (name === undefined) return whole;
    const known = made.get(name) ?? grantedTo(name, whole);
    made.set(name, known);
    return known;
  };
  return {
    get: (...asked) => inUse().get(...asked),
    getMany: (...asked) => inUse().getMany(...asked),
    query: (...asked) => inUse().query(...asked),
    commit: (...writes) => inUse().commit(...writes),
    expiredKeys: (...asked) => inUse().expiredKeys(...asked),
  };
}
