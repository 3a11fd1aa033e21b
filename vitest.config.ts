import { defineConfig } from 'vitest/config';
import { choice, machine } from './bin/local/node.mjs';

const IN_PROCESS = ['unit', 'property', 'contract', 'infra', 'exhaustive'];
const DRAWN = ['property', 'contract', 'exhaustive'];
/** Real clients in programs of their own: one after the other, because some are compiled first. */
const CLIENTS = ['clients'];
const MANY_CASES = ['property', 'exhaustive'];
/** On a deployed stack: one file after the other, because they share it. */
const DEPLOYED = ['integration', 'e2e', 'upgrade', 'readme'];

if (choice(machine()).do !== 'run') {
  // One line: an error that is thrown here would come with two stacks.
  console.error(
    `vitest: Node ${process.versions.node} has no complete SQLite, which the tests need: \`npm run check\` and \`npm test\` fetch a newer Node (CONTRIBUTING.md).`,
  );
  process.exit(1);
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    silent: 'passed-only',
    diff: { expand: false, contextLines: 2 },
    projects: [
      ...IN_PROCESS.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          // Powertools writes past the console unless told so; then what a passing test logs is not shown.
          env: {
            POWERTOOLS_DEV: 'true',
            AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
            // What a thousand cases logged hides the one that failed.
            ...(MANY_CASES.includes(name) && { POWERTOOLS_LOG_LEVEL: 'SILENT' }),
          },
          setupFiles: DRAWN.includes(name) ? ['test/world/seed.ts'] : [],
          // Loading modules anew for every file would be half of the time. No test changes what another one sees: nothing here is global.
          isolate: false,
          pool: 'threads' as const,
          // On a started stack a file waits until its queues are empty, which the work of another file would prevent.
          fileParallelism: !(name === 'contract' && process.env.SLUICE_SOCKET),
          // Only for what hangs: a loaded machine takes many times as long as an idle one.
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      })),
      ...CLIENTS.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          env: {
            POWERTOOLS_DEV: 'true',
            POWERTOOLS_LOG_LEVEL: 'SILENT',
            AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          },
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      })),
      ...DEPLOYED.map((name, index) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: index + 1 },
        },
      })),
    ],
  },
});
