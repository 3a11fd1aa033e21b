import { defineConfig } from 'vitest/config';

const FAST = ['unit', 'property', 'contract', 'infra'];
/** On a deployed stack: one file after the other, because they share it. */
const DEPLOYED = ['integration', 'e2e'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      ...FAST.map((name) => ({
        test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000 },
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
