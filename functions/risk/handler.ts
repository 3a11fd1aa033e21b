/** Lambda entry of the HTTP routes on reviews. */
import { expandLoaders } from '../gateway/loaders.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpHandler } from '../shared/http.ts';
import { riskOperations } from './api.ts';

const table = dynamoTable();

export const handler = httpHandler(
  { table, clock: systemClock, random: systemRandom, loaders: expandLoaders(table) },
  riskOperations,
);
