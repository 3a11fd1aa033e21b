/** Real clients in programs of their own, against the product: what is on its way is delivered while they run. */
import { run } from '../../bin/local/child.ts';
import { Failure } from '../../bin/local/failure.ts';
import { type Passed, startForgetfulGateway } from '../simulators/forgetful-gateway.ts';
import { startProduct } from './product.ts';

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
  const product = await startProduct();
  const gateway = await startForgetfulGateway(product.baseUrl);
  const where = { API_BASE: product.baseUrl, FLAKY_BASE: gateway.url, API_KEY: product.secretKey };
  try {
    return { seen: await result(command, args, { ...where, ...env }), passed: gateway.passed };
  } finally {
    await gateway.close();
    await product.stop();
  }
}
