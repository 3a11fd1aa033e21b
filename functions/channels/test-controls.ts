/** The controls of the channels that are there for tests, by name. Only the function that serves the test helpers has them. */
import { loadedOnce } from '../kernel/once.ts';
import { named } from './port/by-name.ts';
import type { TestControls } from './sandbox/controls.ts';
import { loadSandbox, type SandboxPlace } from './sandbox/load.ts';

/** The controls of a channel, by its name on the attempt, loaded at their first call. Undefined: it is no channel for tests. */
export function testControls(deps: SandboxPlace): (channel: string) => TestControls | undefined {
  const sandbox = loadedOnce(async () => (await loadSandbox(deps)).controls);
  const controls: Readonly<Record<string, TestControls>> = {
    sandbox: {
      openDispute: async (request) => (await sandbox()).openDispute(request),
      failRefund: async (reference, account) => (await sandbox()).failRefund(reference, account),
    },
  };
  return (channel) => named(controls, channel);
}
