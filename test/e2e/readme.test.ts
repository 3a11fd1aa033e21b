/**
 * What README.md and `npm start` tell a stranger to type, typed: every command that needs no AWS account, in the order of the page, against
 * the stack that `npm start` makes.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deployed.ts';

const STATE = '.local/sluice.json';
const readme = readFileSync('README.md', 'utf8');
/** The commands of the page that are shown as blocks. */
const [startIt, payIt, settleIt] = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!.trim());

/** A stranger's shell: nothing of this run's emulator is in it. */
const shell = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS|SLUICE|npm|VITEST)_/.test(name)),
);
const type = async (command: string): Promise<string> =>
  (await promisify(execFile)('bash', ['-c', command], { env: shell, timeout: 120_000 })).stdout;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

if (process.env.SLUICE_IAM_ENFORCED !== '1' || existsSync(STATE)) {
  it('npm start was not tried: the tests use an endpoint that is not theirs, or it runs here already', () => {
    expect(process.env.SLUICE_IAM_ENFORCED !== '1' || existsSync(STATE)).toBe(true);
  });
} else {
  describe('from a clone to the first payout', () => {
    let program: ChildProcess;
    let baseUrl: string;
    let printed = '';
    let ended: Promise<number | null>;

    beforeAll(async () => {
      const PORT = String(await freePort());
      baseUrl = `http://127.0.0.1:${PORT}`;
      const [command, ...args] = startIt!.split(' ');
      program = spawn(command!, args, { env: { ...shell, PORT }, stdio: ['ignore', 'pipe', 'pipe'] });
      program.stdout!.on('data', (part: Buffer) => (printed += part.toString()));
      program.stderr!.on('data', (part: Buffer) => (printed += part.toString()));
      ended = new Promise((resolve) => program.once('exit', resolve));
      const gone = ended.then((code) => Promise.reject(new Error(`npm start ended with ${code}:\n${printed}`)));
      const ready = (async () => {
        while (!existsSync(STATE)) await new Promise((resolve) => setTimeout(resolve, 200));
      })();
      await Promise.race([ready, gone]);
      gone.catch(() => {});
    }, 180_000);
    afterAll(async () => {
      program.kill('SIGTERM');
      await ended;
    }, 60_000);

    it('says where it is, how long it took, and keeps the keys in .local/sluice.json', () => {
      const state = JSON.parse(readFileSync(STATE, 'utf8')) as Record<string, string>;

      expect(Object.keys(state).sort()).toEqual(['baseUrl', 'endpoint', 'publishableKey', 'secretKey', 'stack']);
      expect(state).toMatchObject({ baseUrl, stack: 'Sluice' });
      expect(printed).toMatch(/Sluice is ready after \d+\.\d s\./);
      expect(printed).toContain(state.secretKey);
    });

    it('the script of the page pays', async () => {
      expect(await type(payIt!)).toMatch(/^pi_[0-9A-Za-z]+ succeeded\n$/);
    });

    it('the printed script pays, and so does the printed call', async () => {
      const script = /^node --input-type=module <<'EOF'\n.*?^EOF$/ms.exec(printed)![0];
      const call = /^curl .*\n.*confirm=true$/m.exec(printed)![0];

      expect(await type(script)).toMatch(/^pi_[0-9A-Za-z]+ succeeded\n$/);
      expect(JSON.parse(await type(call))).toMatchObject({ object: 'payment_intent', status: 'succeeded' });
    });

    it('the day is settled and the books balance', async () => {
      const output = await type(settleIt!);

      expect(output).toContain('"status": "SUCCEEDED"');
      expect(output).toMatch(/assets:bank\s/);
      expect(output).toMatch(/balanced: debits equal credits\n$/);
    });

    it('a merchant is added, and unchanged code is not deployed again', async () => {
      const [add, deploy] = ['npm run -s merchant -- create --name Acme', 'npm run deploy:local'];
      expect(readme).toContain(`\`${add}\``);
      expect(readme).toContain(`\`${deploy}\``);

      const { merchant, test } = JSON.parse(await type(add)) as { merchant: string; test: { secretKey: string } };
      const answer = await fetch(`${baseUrl}/v1/balance`, { headers: { authorization: `Bearer ${test.secretKey}` } });

      expect(merchant).toMatch(/^acct_/);
      expect(answer.status).toBe(200);
      expect(await type(deploy)).toMatch(/deploy: nothing changed in \d+\.\d s/);
    });

    it('a second start in the same folder says what is wrong', async () => {
      const second = await promisify(execFile)('bash', ['-c', startIt!], { env: shell }).then(
        () => 'it started',
        (error: { stderr: string }) => error.stderr,
      );

      expect(second).toContain(`Sluice already runs from this folder, at ${baseUrl}. Stop it first (Ctrl-C there).`);
    });

    it('SIGTERM ends everything: nothing answers, and .local/sluice.json is gone', async () => {
      const { endpoint } = JSON.parse(readFileSync(STATE, 'utf8')) as { endpoint: string };
      program.kill('SIGTERM');
      await ended;

      // npm is gone at once; what it had started sees that within half a second and stops what is its own.
      const refused = (address: string): Promise<boolean> =>
        fetch(address).then(
          () => false,
          () => true,
        );
      await eventually(async () => {
        expect(await refused(`${baseUrl}/healthz`)).toBe(true);
        expect(await refused(`${endpoint}/_ministack/health`)).toBe(true);
        expect(existsSync(STATE)).toBe(false);
        return true;
      });
    });
  });
}
