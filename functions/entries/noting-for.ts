/** What every function that commits aggregates is wired with. */
import { noting } from '../table/commit.ts';
import type { Platform } from './platform.ts';

/** The platform whose table notes commits: lists show what they announce, and what they replace, before the stream does. */
export const notingFor = (on: Platform): Platform => ({
  ...on,
  table: noting(on.table, on.clock, (error) =>
    on.log.warn('a commit was not noted for the lists', { error: error as Error }),
  ),
});
