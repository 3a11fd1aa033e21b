/** The HTTP routes on payouts. */
import { accountLoaders } from '../account/loaders.ts';
import { httpHandler } from '../api/http.ts';
import { unservedAtSettlement } from '../empty-lists/unserved-at-settlement.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { notingFor } from './noting-for.ts';
import type { Platform } from './platform.ts';
import { reportFiles } from './report-files.ts';
import { settlementOperations } from './settlement-operations.ts';

export function create(platform: Platform) {
  const on = notingFor(platform);
  return httpHandler(
    {
      ...httpDeps(on),
      loaders: { ...expandLoaders(on.table), ...accountLoaders(on.table) },
      files: reportFiles(on),
    },
    settlementOperations,
    unservedAtSettlement,
  );
}
