/** The operations on the rows of the table, and searches that find nothing. */
import type { AnyOperation } from '../api/operation.ts';
import { operationsOn } from './list-operations.ts';
import { searchOperations } from './searches.ts';
import { EMPTY_LISTS } from './table.ts';

export const emptyListOperations: readonly AnyOperation<object>[] = [
  ...EMPTY_LISTS.flatMap(operationsOn),
  ...searchOperations,
];
