/** Lambda entry of the HTTP routes on balance, balance transactions and ledger accounts. */
import { expandLoaders } from '../gateway/loaders.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpHandler } from '../shared/http.ts';
import { ledgerOperations } from './api.ts';

const table = dynamoTable();

export const handler = httpHandler(
  { table, clock: systemClock, random: systemRandom, loaders: expandLoaders(table) },
  ledgerOperations,
);
