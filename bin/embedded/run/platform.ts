/** What one function runs on here: the environment of the template, and adapters that act with the rights of its role. */
import type { Platform } from '../../../functions/entries/platform.ts';
import type { Clock } from '../../../functions/kernel/clock.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import type { HttpClient } from '../../../functions/kernel/http-client.ts';
import type { ExpiringTable, TableName } from '../../../functions/table/table.ts';
import { imagesOf } from '../streams/record.ts';
import { accessOf, type MayUse } from '../wiring/access.ts';
import type { Model } from '../wiring/model.ts';
import type { FunctionModel, Table } from '../wiring/model-types.ts';
import { clientsOf, type Senders } from './clients.ts';
import { grantedTable } from './granted-table.ts';
import { lineLogger } from './log.ts';

/** What a process has for its functions. */
export interface Parts {
  readonly model: Pick<Model, 'grants' | 'tables'>;
  readonly clock: Clock;
  /** The tables, for the function. */
  readonly tableFor: (model: FunctionModel) => ExpiringTable;
  readonly sendersFor: (model: FunctionModel, mayUse: MayUse) => Senders;
  readonly http: HttpClient;
  readonly sendWebhook: Platform['sendWebhook'];
  readonly writeLog: (line: string) => void;
}

export const platformOf =
  ({ model: { grants, tables }, clock, tableFor, sendersFor, http, sendWebhook, writeLog }: Parts) =>
  (model: FunctionModel): Platform => {
    const mayUse = accessOf(grants, model);
    return {
      env: model.environment,
      clock,
      random: systemRandom,
      table: grantedTable({ table: tableFor(model), arnOf: arnsFor(model, tables), mayUse }),
      client: clientsOf(sendersFor(model, mayUse)),
      http,
      sendWebhook,
      log: lineLogger(model.name, () => clock.nowMs(), writeLog),
      imagesOf,
    };
  };

/** A table that the environment does not name is none of the function's business. */
export const arnsFor =
  ({ environment }: FunctionModel, tables: ReadonlyMap<string, Table>) =>
  (table: TableName): string => {
    const variable = `${table.toUpperCase()}_TABLE`;
    if (environment[variable] === undefined)
      throw new Error(`${variable} is not set: this function has no access to table ${table}`);
    return tables.get(table)!.arn;
  };
