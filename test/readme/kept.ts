/** What the embedded runtime keeps in `.local/data`, however it ends. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningStack } from '../../bin/local/place.ts';
import { eventually } from '../world/deployed.ts';
import { freePort } from '../world/free-port.ts';
import type { Begun, FreshClone } from '../world/fresh-clone.ts';
import { alive, familyOf } from '../world/processes.ts';

export interface Kept {
  readonly clone: () => FreshClone;
  /** What the first start wrote into `.local/sluice.json`. It has ended since. */
  readonly first: () => RunningStack;
}

interface Running extends RunningStack {
  readonly start: Begun;
  /** Every process of it: npm, its command, and last the vault's. */
  readonly family: readonly number[];
}

export function keptTests({ clone, first }: Kept): void {
  /** `npm start`, ready. The file of a killed start may still be there, so it is not what is waited for. */
  async function started(args = ''): Promise<Running> {
    const port = await freePort();
    const start = clone().begin('npm', ['start', ...(args === '' ? [] : ['--', ...args.split(' ')])], {
      PORT: String(port),
    });
    await eventually(() => (start.printed().includes('Ctrl-C ends everything') ? true : undefined), 60_000);
    return { ...clone().state()!, start, family: familyOf(start.child.pid!) };
  }

  async function stopped({ start, family }: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    start.child.kill(signal);
    await start.ended;
    expect(await eventually(() => (alive(family).length === 0 ? 'nothing' : undefined), 10_000)).toBe('nothing');
  }

  const call = async ({ baseUrl }: RunningStack, path: string, fields?: Record<string, string>) => {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { authorization: `Bearer ${first().secretKey}` },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    return (await response.json()) as { readonly id: string; readonly status: string };
  };
  const PAYMENT = { amount: '2000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

  describe('what npm start keeps', () => {
    it('a second start synthesizes and bundles nothing, and has the keys and payments of the first', async () => {
      const second = await started();
      const list = (await call(second, '/v1/payment_intents?limit=100')) as unknown as { data: { status: string }[] };
      await stopped(second);

      const { secretKey, publishableKey } = first();
      expect(second).toMatchObject({ secretKey, publishableKey });
      expect(list.data.filter(({ status }) => status === 'succeeded').length).toBeGreaterThanOrEqual(4);
      expect(second.start.printed()).not.toContain('once for each state');
      expect(second.start.printed()).toContain(
        'Everything is kept in .local/data, and so is what was there before: the keys are those of the first start.',
      );
    });

    it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
      '%s to npm leaves no process behind, also not the vault’s, and the next start has the last payment',
      async (signal) => {
        const running = await started();
        const { id } = await call(running, '/v1/payment_intents', PAYMENT);
        expect(running.family.length).toBeGreaterThan(2);
        await stopped(running, signal);

        const next = await started();
        const found = await call(next, `/v1/payment_intents/${id}`);
        await stopped(next);

        expect(found).toMatchObject({ id, status: 'succeeded' });
      },
    );

    it('a kill of the product’s own process ends the vault’s too, and the next start has the last payment', async () => {
      const running = await started();
      const { id } = await call(running, '/v1/payment_intents', PAYMENT);
      process.kill(running.family.at(-2)!, 'SIGKILL');
      await running.start.ended;
      expect(await eventually(() => (alive(running.family).length === 0 ? 'nothing' : undefined))).toBe('nothing');

      const next = await started();
      const found = await call(next, `/v1/payment_intents/${id}`);
      await stopped(next);

      expect(found).toMatchObject({ id, status: 'succeeded' });
    });

    it('a second process on the same data is refused, and the first one serves on', async () => {
      const running = await started();
      const file = join(clone().folder, '.local/sluice.json');
      const { start: _, family: __, ...state } = running;
      // As for another checkout with `--data`, which has no file of the running one.
      rmSync(file);
      const second = await clone().paste('npm start', { PORT: String(await freePort()) });
      writeFileSync(file, JSON.stringify(state));

      expect(second.code).toBe(1);
      expect(second.err).toBe(
        `another process uses the data in ${join(clone().folder, '.local/data')}: stop it, or name another directory\n`,
      );
      expect(await call(running, '/v1/payment_intents', PAYMENT)).toMatchObject({ status: 'succeeded' });
      await stopped(running);
    });

    it('a merchant with live keys needs keyrings outside the data', async () => {
      const create = 'npm run -s merchant -- create --name Live --live';
      const beside = await started('--data .local/other');
      const refused = await clone().paste(create);
      await stopped(beside);
      const outside = await started('--data .local/third --keys .local/third-keys');
      const created = await clone().paste(create);
      await stopped(outside);

      expect(refused.code).toBe(1);
      expect(refused.err).toContain('start with --keys DIR, outside the data');
      expect(JSON.parse(created.out)).toMatchObject({ live: { secretKey: expect.stringMatching(/^sk_live_/) } });
    });

    it('--memory keeps nothing: its keys are of this start alone, and no folder stays', async () => {
      const running = await started('--memory');
      const answer = await call(running, '/v1/balance');
      await stopped(running);

      expect(answer).toMatchObject({ error: { type: 'invalid_request_error' } });
      expect(running.start.printed()).toContain('Nothing is kept: at the end everything is gone.');
      expect(readdirSync(join(clone().folder, '.local/run'))).toEqual([]);
    });
  });
}
