/** Real clients in programs of their own, against the product in this process: what is on its way is delivered while they run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../bin/local/child.ts';
import { Failure } from '../../bin/local/failure.ts';
import { type Passed, startForgetfulGateway } from '../simulators/forgetful-gateway.ts';
import { type App, startApp } from './app.ts';

/** A product whose queues and stream are worked off all the time, as on the deployed stack. */
export async function startBusyApp(): Promise<App> {
  const app = await startApp();
  let stopped = false;
  const busy = (async () => {
    while (!stopped) {
      await app.settleDown();
      await sleep(20);
    }
  })();
  return {
    ...app,
    async stop() {
      stopped = true;
      await busy;
      await app.stop();
    },
  };
}

export interface Journey {
  /** What the client printed. */
  readonly seen: unknown;
  /** What went through the gateway that loses answers. */
  readonly passed: readonly Passed[];
}

/** The lines that a program prints. Throws when it fails. */
export async function output(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly string[]> {
  const lines: string[] = [];
  const { PATH, HOME } = process.env;
  await run(command, args, { env: { PATH, HOME, ...env }, onLine: (line) => lines.push(line) });
  return lines;
}

/** The last line of JSON that a program prints. */
export async function result(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const last = (await output(command, args, env)).findLast((line) => line.startsWith('{'));
  if (last === undefined) throw new Failure(`${command} printed no result`);
  return JSON.parse(last) as unknown;
}

/** Runs a client's program as a new merchant of a new product. */
export async function journeyOf(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Journey> {
  const app = await startBusyApp();
  const gateway = await startForgetfulGateway(app.baseUrl);
  const where = { API_BASE: app.baseUrl, FLAKY_BASE: gateway.url, API_KEY: app.merchant.test.secretKey };
  try {
    return { seen: await result(command, args, { ...where, ...env }), passed: gateway.passed };
  } finally {
    await gateway.close();
    await app.stop();
  }
}
