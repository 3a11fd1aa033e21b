/** The same commands on an emulator, to which the whole stack is deployed. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningStack } from '../../bin/local/place.ts';
import { eventually } from '../world/deployed.ts';
import { freePort } from '../world/free-port.ts';
import { type Begun, type FreshClone, linkEmulator } from '../world/fresh-clone.ts';
import { alive, familyOf } from '../world/processes.ts';

export interface OnEmulator {
  readonly clone: () => FreshClone;
  /** The one command of the pages in which all these words are. */
  readonly written: (...words: readonly string[]) => string;
}

export function emulatorTests({ clone, written }: OnEmulator): void {
  const place = process.env.AWS_ENDPOINT_URL ? 'localstack' : 'ministack';
  let start: Begun;
  let running: RunningStack;

  describe(`npm start -- --on ${place}`, () => {
    beforeAll(async () => {
      if (place === 'ministack') await linkEmulator(clone());
      const command = place === 'ministack' ? written('npm start -- --on ministack') : 'npm start -- --on localstack';
      start = clone().begin('sh', ['-c', `exec ${command}`], { PORT: String(await freePort()) });
      running = await clone().ready(start);
    }, 400_000);
    afterAll(async () => {
      start?.child.kill('SIGTERM');
      await start?.ended;
    });

    it('deploys the stack, and says what the emulator keeps', async () => {
      const text = await eventually(() =>
        start.printed().includes('Ctrl-C ends everything') ? start.printed() : undefined,
      );

      expect(text).toMatch(/^\[ +\d+\.\d s\] deploy: the stack$/m);
      expect(text).toMatch(/^\[ +\d+\.\d s\] deploy: \d+ of \d+ resources$/m);
      expect(text).toMatch(
        place === 'localstack' ? /^The endpoint keeps this stack/m : /^Every start is empty: .* get a 401\.$/m,
      );
      expect(running).toMatchObject({
        endpoint: process.env.AWS_ENDPOINT_URL ?? expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        stack: process.env.SLUICE_STACK ?? 'Sluice',
      });
    });

    it('takes a payment, settles it, and finds the books in order', async () => {
      const paid = await clone().paste(written('node --input-type', 'console.log(intent.id, intent.status)'));
      const settled = await clone().paste(written('npm run -s settle'));
      const audited = await clone().paste(written('npm run -s ledger -- audit'));

      expect(paid.out).toMatch(/^pi_\w+ succeeded\n$/);
      expect([settled.code, audited.code]).toEqual([0, 0]);
    });

    it('a merchant has keys for both modes', async () => {
      const first = await clone().paste(written('npm run -s merchant -- create --name "First merchant" --live'));

      const keys = (mode: string) => ({
        secretKey: expect.stringMatching(new RegExp(`^sk_${mode}_\\w{32}$`)),
        publishableKey: expect.stringMatching(new RegExp(`^pk_${mode}_\\w{32}$`)),
      });
      expect(JSON.parse(first.out)).toMatchObject({
        name: 'First merchant',
        test: keys('test'),
        live: keys('live'),
      });
    });

    it('deploy:local puts changed code on the running stack', async () => {
      const file = join(clone().folder, 'functions/api/pages.ts');
      const health = async (): Promise<string> => (await fetch(`${running.baseUrl}/healthz`)).text();
      writeFileSync(file, readFileSync(file, 'utf8').replace('{"status":"ok"}', '{"status":"changed"}'));
      expect(await health()).toBe('{"status":"ok"}');

      const { code, out } = await clone().paste(written('npm run deploy:local'));

      expect(code).toBe(0);
      expect(out).toMatch(/^deploy: 1 function updated in \d+\.\d s$/m);
      await eventually(async () => ((await health()) === '{"status":"changed"}' ? true : undefined));
    });

    it('the CDK alone bootstraps, bundles and deploys', { timeout: 300_000 }, async () => {
      const env = { AWS_ENDPOINT_URL: running.endpoint, AWS_REGION: 'us-east-1' };
      const api = process.env.AWS_ENDPOINT_URL ? [' -c api=rest'] : [];
      rmSync(join(clone().folder, 'dist'), { recursive: true });

      const bootstrapped = await clone().paste(written('npx cdk bootstrap'), env);
      const deployed = await clone().paste([written('npx cdk deploy'), ...api].join(''), env);

      expect(bootstrapped.err + bootstrapped.out).toContain(
        '✅  Environment aws://000000000000/us-east-1 bootstrapped',
      );
      expect(deployed.err + deployed.out).toMatch(/✅ {2}Sluice(?: |$)/m);
      expect(deployed.code).toBe(0);
    });

    it('SIGTERM ends all that it started, the emulator too', async () => {
      const family = familyOf(start.child.pid!);
      expect(family.length).toBeGreaterThan(place === 'localstack' ? 1 : 5);

      start.child.kill('SIGTERM');
      await start.ended;

      expect(clone().state()).toBeUndefined();
      expect(start.printed()).toMatch(/\nStopped\.\n$/);
      expect(await eventually(() => (alive(family).length === 0 ? 'nothing' : undefined))).toBe('nothing');
    });
  });
}
