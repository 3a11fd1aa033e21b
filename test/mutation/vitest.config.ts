/** The tests that run against a mutant: those that `npm run mutate` names, in one thread. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: (process.env.SLUICE_MUTATION_TESTS ?? '').split(','),
    env: {
      POWERTOOLS_DEV: 'true',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    setupFiles: process.env.SLUICE_MUTATION_TESTS?.includes('test/property/') ? ['test/world/seed.ts'] : [],
    isolate: false,
    pool: 'threads',
    testTimeout: 30_000,
  },
});
