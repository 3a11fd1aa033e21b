/** What goes wrong for a reader: each failure says what to do, and what is interrupted leaves nothing behind. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../world/deployed.ts';
import { freePort } from '../world/free-port.ts';
import { type Begun, type FreshClone, freshClone, linkEmulator } from '../world/fresh-clone.ts';
import { alive, familyOf } from '../world/processes.ts';

let clone: FreshClone;
let taken: Server;
let takenPort: number;
beforeAll(async () => {
  clone = freshClone();
  takenPort = await freePort();
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(takenPort, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => taken.close(resolve));
  clone.remove();
});

describe('npm start', () => {
  it('a taken port is named, with a way out', async () => {
    const { code, err } = await clone.paste('npm start', { PORT: String(takenPort) });

    expect(code).toBe(1);
    expect(err).toContain(
      `Port ${takenPort} of 127.0.0.1 is taken. Choose another one: PORT=${takenPort + 1} npm start`,
    );
    expect(err).not.toContain('    at ');
  });

  it('a PORT that is none is refused', async () => {
    const { code, err } = await clone.paste('npm start', { PORT: '4010x' });

    expect(code).toBe(1);
    expect(err).toContain('PORT=4010x: must be a number from 1 to 65535');
  });

  it('an option that it does not have is refused, and its usage shown', async () => {
    const { code, err } = await clone.paste('npm start -- --port 4011');

    expect(code).toBe(2);
    expect(err).toMatch(/^Unknown option '--port'.*\n\nUsage: npm start \[/m);
  });

  it.each([
    ['--on mars', '--on mars: must be embedded, ministack, localstack'],
    ['--data here --memory', '--data and --memory exclude each other'],
    ['--on ministack --memory', '--data, --keys, --memory and --chaos are of the embedded runtime'],
    ['now', 'Unexpected: now'],
  ])('%s: %s', async (options, reason) => {
    const { code, err } = await clone.paste(`npm start -- ${options}`);

    expect(code).toBe(2);
    expect(err).toContain(`${reason}\n\nUsage: npm start [`);
  });

  it('its usage names the places, the options and the variables', async () => {
    const { code, out } = await clone.paste('npm start -- --help');

    expect(code).toBe(0);
    const words = ['embedded: ', 'ministack: ', 'localstack: ', '--data ', '--keys ', '--memory ', 'PORT ', 'PYTHON '];
    for (const word of [...words, 'AWS_ENDPOINT_URL ', 'SLUICE_EMULATOR_HOST ']) expect(out).toContain(`  ${word}`);
  });

  it('data that is no store of Sluice is refused', async () => {
    const data = join(clone.folder, 'not-ours');
    mkdirSync(data);
    writeFileSync(join(data, 'sluice.db'), 'A page of another program. '.repeat(100));
    const { code, err } = await clone.paste(`npm start -- --on embedded --data not-ours`, {
      PORT: String(await freePort()),
    });

    expect(code).toBe(1);
    expect(err).toContain('sluice.db is not a store of Sluice\n');
    expect(err).not.toContain('    at ');
  });

  it('without Python, or with one that will not do, it says what to install', async () => {
    const env = { PORT: String(await freePort()), AWS_ENDPOINT_URL: '' };
    const start = ['bin/run.mjs', 'start', '--on', 'ministack'];
    const none = clone.begin(process.execPath, start, { ...env, PATH: clone.folder, PYTHON: '' });
    expect(await none.ended).toBe(1);
    const wrong = await clone.paste('npm start -- --on ministack', { ...env, PYTHON: '/nowhere/python3' });

    expect(none.printed()).toMatch(/^No Python was found\.\n.* install Python 3\.10 or newer, then try again:\n/);
    expect(none.printed()).toContain('sudo apt install python3 python3-venv');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/^No Python here will do:\n {2}\/nowhere\/python3 was not found\n/m);
  });

  it('an endpoint at which nothing answers is named', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;

    const { code, err } = await clone.paste('npm start', { PORT: String(await freePort()), AWS_ENDPOINT_URL: nowhere });

    expect(code).toBe(1);
    expect(err).toContain(`Nothing that looks like LocalStack answers at AWS_ENDPOINT_URL=${nowhere}`);
  });
});

describe('the other commands', () => {
  it.each([
    ['npm run -s settle', '--date is missing'],
    ['npm run -s settle -- --date 2026-02-30', '--date 2026-02-30: not a day of the calendar as YYYY-MM-DD'],
    ['npm run -s settle -- --date 2026-02-28 --mode both', '--mode both: must be test or live'],
    ['npm run -s settle -- --day 2026-02-28', "Unknown option '--day'"],
    ['npm run -s ledger -- balance', 'Not a command of the ledger: balance'],
    ['npm run -s ledger -- repair --merchant acct_1', '--merchant, --from and --to are needed'],
    ['npm run -s merchant -- delete --name Acme', 'Not a command: delete'],
    ['npm run -s merchant -- create', '--name is missing'],
    ['npm run -s merchant -- set --merchant acct_1 --fee-bps 2.9', '--fee-bps 2.9: not a whole number'],
    ['npm run -s merchant -- create --name Acme --delay-days soon', '--delay-days soon: not a number of days'],
    ['npm run -s channel', 'Not a command: (none)'],
    ['npm run -s channel -- rotate --account stripe/cha_1', '--credentials or --finish is missing'],
    ['npm run -s deploy:local -- now', 'Unexpected: now'],
    ['npm run -s listen', '--forward-to is missing'],
    ['npm run -s clients -- cobol', 'Not a client: cobol'],
  ])('%s: %s', async (command, reason) => {
    const { code, out, err } = await clone.paste(command);

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(reason);
    expect(err).toMatch(/^Usage: npm run /m);
  });

  it('deploy:local without a running stack says to start one', async () => {
    const { code, err } = await clone.paste('npm run -s deploy:local');

    expect(code).toBe(1);
    expect(err).toBe('No stack is running here: run `npm start` in another terminal first.\n');
  });
});

describe('interrupted', () => {
  /** Sends a signal to npm alone, once it has printed that; nothing that it had started is there afterwards. */
  async function interrupted(begun: Begun, when: string, signal: NodeJS.Signals): Promise<void> {
    await eventually(() => (begun.printed().includes(when) ? true : undefined), 60_000);
    // Without an emulator of its own the deployment's first program may start a moment later.
    const family = await eventually(() => {
      const found = familyOf(begun.child.pid!);
      return found.length > 2 ? found : undefined;
    }, 10_000);
    begun.child.kill(signal);
    await begun.ended;
    expect(await eventually(() => (alive(family).length === 0 ? 'nothing' : undefined), 6_000)).toBe('nothing');
  }

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'npm start leaves nothing behind after %s to npm while it makes the template',
    async (signal) => {
      rmSync(join(clone.folder, '.local/embedded'), { recursive: true, force: true });
      const start = clone.begin('npm', ['start', '--', '--on', 'embedded'], { PORT: String(await freePort()) });
      const synthesizes = (): boolean => existsSync(join(clone.folder, '.local/embedded'));
      await eventually(() => (synthesizes() ? true : undefined), 60_000);

      await interrupted(start, '', signal);

      expect(start.printed()).toMatch(/\nStopped\.\n$/);
      expect(start.printed()).not.toContain('is ready');
      expect(clone.state()).toBeUndefined();
    },
  );

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'npm start leaves nothing behind after %s to npm while it deploys to an emulator',
    async (signal) => {
      const place = process.env.AWS_ENDPOINT_URL ? 'localstack' : 'ministack';
      if (place === 'ministack') await linkEmulator(clone);
      const start = clone.begin('npm', ['start', '--', '--on', place], { PORT: String(await freePort()) });

      await interrupted(start, 'deploy: bundling', signal);

      expect(clone.state()).toBeUndefined();
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'npm test leaves nothing behind after %s to npm, and has not passed',
    async (signal) => {
      const test = clone.begin('npm', ['test']);

      await interrupted(test, ' RUN ', signal);

      expect(await test.ended).toBe(1);
      expect(test.printed()).toMatch(/^Interrupted\.$/m);
    },
  );
});
