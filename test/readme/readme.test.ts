/**
 * README.md, CONTRIBUTING.md and docs/test-mode.md, done as a reader does: in a fresh clone `npm start` runs, and every command that needs no AWS
 * account is pasted into a shell as it is written.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningStack } from '../../bin/local/place.ts';
import { eventually } from '../world/deployed.ts';
import { freePort } from '../world/free-port.ts';
import { type Begun, type FreshClone, freshClone, type Pasted } from '../world/fresh-clone.ts';
import { commandsOf } from '../world/page-commands.ts';
import { alive, familyOf } from '../world/processes.ts';
import { MEASURES, MUTATES, NEEDS_AN_AWS_ACCOUNT, TESTED_APART } from './elsewhere.ts';
import { emulatorTests } from './emulator.ts';
import { keptTests } from './kept.ts';
import { payersTests } from './payers.ts';

const COMMANDS = [...new Set(['README.md', 'CONTRIBUTING.md', 'docs/test-mode.md'].flatMap(commandsOf))];

/** With AWS_ENDPOINT_URL the same commands run on the LocalStack there, which keeps nothing of `.local/data`. */
const IS_EMBEDDED = !process.env.AWS_ENDPOINT_URL;

const done = new Set<string>();
let clone: FreshClone;
let start: Begun;
let running: RunningStack;
let port: number;

/** The one command of the pages in which all these words are. */
function written(...words: readonly string[]): string {
  const exact = COMMANDS.filter((text) => text === words[0]);
  const [command, second] = exact[0] ? exact : COMMANDS.filter((text) => words.every((word) => text.includes(word)));
  if (command === undefined || second !== undefined)
    throw new Error(`not one command of the pages: ${words.join(' … ')}`);
  done.add(command);
  return command;
}
const paste = (...words: readonly string[]): Promise<Pasted> => clone.paste(written(...words));

const ask = (path: string): Promise<Response> =>
  fetch(`${running.baseUrl}${path}`, { headers: { authorization: `Bearer ${running.secretKey}` } });

const balance = async (key: string): Promise<number> =>
  (await fetch(`${running.baseUrl}/v1/balance`, { headers: { authorization: `Bearer ${key}` } })).status;

/** A block of what `npm start` printed, from a line that begins so to one that begins so. */
function printed(from: string, to: string): string {
  const lines = start.printed().split('\n');
  const first = lines.findIndex((line) => line.startsWith(from));
  return lines.slice(first, lines.findIndex((line, index) => index > first && line.startsWith(to)) + 1).join('\n');
}

beforeAll(async () => {
  clone = freshClone();
  port = await freePort();
  start = clone.begin('sh', ['-c', `exec ${written('npm start')}`], { PORT: String(port) });
  running = await clone.ready(start);
}, 400_000);
afterAll(async () => {
  start?.child.kill('SIGTERM');
  await start?.ended;
  clone.remove();
});

describe('npm start', () => {
  it('.local/sluice.json is there once a payment can be made, and says where and with which keys', async () => {
    const response = await fetch(`${running.baseUrl}/v1/payment_intents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.secretKey}` },
      body: new URLSearchParams({ amount: '2000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' }),
    });

    expect(await response.json()).toMatchObject({ object: 'payment_intent', status: 'succeeded' });
    expect(running).toEqual({
      baseUrl: `http://127.0.0.1:${port}`,
      secretKey: expect.stringMatching(/^sk_test_\w{32}$/),
      publishableKey: expect.stringMatching(/^pk_test_\w{32}$/),
      ...(IS_EMBEDDED
        ? { socket: join(clone.folder, '.local/data/control'), stack: 'Sluice' }
        : { endpoint: process.env.AWS_ENDPOINT_URL, stack: process.env.SLUICE_STACK ?? 'Sluice' }),
    });
  });

  it('shows its progress, then the address, the keys and how long it took', async () => {
    const text = await eventually(() =>
      start.printed().includes('Ctrl-C ends everything') ? start.printed() : undefined,
    );

    expect(text).toMatch(
      IS_EMBEDDED
        ? /^\[ +\d+\.\d s\] start: the template is made, once for each state of its sources$/m
        : /^\[ +\d+\.\d s\] deploy: \d+ of \d+ resources$/m,
    );
    expect(text).toMatch(/^Sluice is ready after \d+\.\d s\.$/m);
    expect(text).toMatch(IS_EMBEDDED ? /^Everything is kept in \.local\/data\.$/m : /^The endpoint keeps this stack/m);
    for (const value of [running.baseUrl, running.secretKey, running.publishableKey])
      expect(text).toMatch(new RegExp(`^  \\w.* ${value}$`, 'm'));
  });

  it('the script that it prints pays, pasted as it is', async () => {
    expect(await clone.paste(printed('node --input-type=module', 'EOF'))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^pi_\w+ succeeded\n$/),
    });
  });

  it('a second one in the same folder says that one is running', async () => {
    const second = await clone.paste('npm start', { PORT: String(await freePort()) });

    expect(second.code).toBe(1);
    expect(second.err).toContain(`Sluice already runs from this folder, at ${running.baseUrl}.`);
    expect(clone.state()).toEqual(running);
  });
});

describe('the pages', () => {
  it('the script with the Stripe SDK prints a succeeded payment', async () => {
    expect(await paste('node --input-type', 'console.log(intent.id, intent.status)')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^pi_\w+ succeeded\n$/),
    });
  });

  it('settle pays the day out; the payout and its report are read over the API', async () => {
    const settled = await paste('npm run -s settle');
    const read = await paste('node --input-type', '/report');

    expect(settled.code).toBe(0);
    const { executions } = JSON.parse(settled.out) as {
      executions: { status: string; output: { payouts: string[] } }[];
    };
    expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
    // Three payments of 20.00 so far, each less 2.9 % and 30 cents.
    const [, payout] = /^(po_\w+) paid 5736 of 3 payments\n$/.exec(read.out) ?? [];
    expect(executions.flatMap(({ output }) => output.payouts)).toContain(payout);
    const csv = await (await ask(`/v1/payouts/${payout}/report?format=csv`)).text();
    expect(csv.split('\n')[0]).toBe('balance_transaction,type,source,created,currency,gross,fee,net,reserve');
    expect(csv.match(/,charge,ch_\w+,[^,]+,usd,20\.00,0\.88,19\.12,0\.00$/gm)).toHaveLength(3);
  });

  it('the trial balance is zero, and so are the merchant’s own books', async () => {
    const { code, out } = await paste('npm run -s ledger -- trial-balance');
    const accounts = (await (await ask('/v1/ledger/accounts')).json()) as {
      data: { account: string; balance: string }[];
    };

    expect(code).toBe(0);
    expect(out).toMatch(/^test +usd +assets:bank +\d+ +\d+ +-?\d+$/m);
    expect(out).toMatch(/\n\nbalanced: debits equal credits\n$/);
    expect(accounts.data.find(({ account }) => account === 'assets:bank')?.balance).toBe('-5736');
    expect(accounts.data.reduce((sum, { balance }) => sum + Number(balance), 0)).toBe(0);
  });

  it('the audit finds records, entries, batches and balances agreed', async () => {
    const { code, out } = await paste('npm run -s ledger -- audit');

    expect(out).toMatch(/^clean: no difference$/m);
    expect(code).toBe(0);
  });

  it.skipIf(spawnSync('curl', ['--version']).status !== 0)('the curl call that npm start prints pays', async () => {
    const { code, out } = await clone.paste(printed('curl ', '  -d'));

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ object: 'payment_intent', amount: 2000, status: 'succeeded' });
  });

  it('a signed webhook arrives at a local listener', async () => {
    // Where the stream lags, as LocalStack's does by seconds, the new endpoint also receives the event of the payment before its own.
    expect(await paste('node --input-type', 'constructEvent')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^(payment_intent\.succeeded pi_\w+\n)+$/),
    });
  });

  it('a merchant is created, with keys for test mode', async () => {
    const acme = await paste('npm run -s merchant -- create --name Acme');

    expect(JSON.parse(acme.out)).toEqual({
      merchant: expect.stringMatching(/^acct_\w+$/),
      name: 'Acme',
      test: {
        secretKey: expect.stringMatching(/^sk_test_\w{32}$/),
        publishableKey: expect.stringMatching(/^pk_test_\w{32}$/),
      },
    });
  });

  it('accounts are listed; the sandbox’s statement of the day is booked, and no line is without a record', async () => {
    const { merchant } = JSON.parse((await paste('npm run -s merchant -- create --name Acme')).out) as {
      merchant: string;
    };
    const { out } = await clone.paste(`${written('npm run -s channel -- list')} --merchant ${merchant}`);
    const [, account] = /"sandbox\/(\w+)"/.exec(out)!;
    const day = `--channel sandbox --account ${account} --date ${new Date().toISOString().slice(0, 10)}`;

    const booked = await clone.paste(`npm run -s settle -- statement --merchant ${merchant} ${day}`);
    const unmatched = await clone.paste(`npm run -s settle -- unmatched --merchant ${merchant}`);

    expect([booked.code, unmatched.code]).toEqual([0, 0]);
    expect(JSON.parse(booked.out)).toMatchObject({ status: 'booked', lines: { suspended: 0 } });
    expect(JSON.parse(unmatched.out)).toEqual({ lines: [] });
  });

  it('what is agreed with a merchant is changed, and its keys are listed, made, rolled and revoked', async () => {
    const acme = await paste('npm run -s merchant -- create --name Acme');
    const { merchant, test } = JSON.parse(acme.out) as { merchant: string; test: { secretKey: string } };
    const said = async <T>(command: string): Promise<T> => {
      const { code, out, err } = await clone.paste(`npm run -s merchant -- ${command} --merchant ${merchant}`);
      expect([command, code, err]).toEqual([command, 0, expect.stringMatching(/^merchant: .+\n$/)]);
      return JSON.parse(out) as T;
    };

    const set = await said<{ new: object }>('set --fee-bps 250 --fee-fixed 20');
    const added = await said<{ key: string }>('add-key --publishable');
    const { keys } = await said<{ keys: { id: string; type: string }[] }>('keys');
    const id = keys.find(({ type }) => type === 'secret')!.id;
    const rolled = await said<{ made: { key: string } }>(`roll-key --key ${id} --overlap-hours 1`);
    const before = [await balance(test.secretKey), await balance(rolled.made.key)];
    await said(`revoke-key --key ${id}`);
    await eventually(async () => ((await balance(test.secretKey)) === 401 ? true : undefined));

    expect(set).toMatchObject({
      old: { feeBps: 290, feeFixed: { usd: '30' } },
      new: { feeBps: 250, feeFixed: { usd: '20', jpy: '40' } },
    });
    expect(await said('settings')).toEqual({ settings: { ...set.new, bankDisabled: null } });
    expect(added.key).toMatch(/^pk_test_\w{32}$/);
    expect(keys).toHaveLength(3);
    expect(before).toEqual([200, 200]);
    expect(await balance(rolled.made.key)).toBe(200);
  });

  it('a repair of books that lack nothing writes nothing, and finds them balanced', async () => {
    const created = await paste('npm run -s merchant -- create --name Acme');
    const { merchant } = JSON.parse(created.out) as { merchant: string };
    const today = new Date().toISOString().slice(0, 10);
    const command = `npm run -s ledger -- repair --merchant ${merchant} --from ${today} --to ${today}`;

    expect((await paste('npm run -s ledger -- repair --help')).out).toMatch(/^Usage: npm run -s ledger -- /);
    const { code, out } = await clone.paste(command);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ counts: { entries: 0, events: 0 }, audit: { balanced: true } });
  });

  it.runIf(IS_EMBEDDED)('deploy:local says that nothing is deployed to the embedded runtime', async () => {
    const { code, out, err } = await clone.paste('npm run -s deploy:local');

    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'The embedded runtime runs here, to which nothing is deployed: end `npm start` (Ctrl-C) and start it again.\n',
    );
  });
});

payersTests({
  paste,
  ask,
  begin: (...words) => clone.begin('sh', ['-c', `exec ${written(...words)}`]),
});

describe('the end', () => {
  it.runIf(IS_EMBEDDED)('the time moves by a command, and a backup is a new file', async () => {
    const { code, out } = await paste('npm run -s clock -- advance 12h');
    expect(code).toBe(0);
    expect(Date.parse(out.trim()) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    expect((await clone.paste('npm run -s clock -- advance soon')).err).toMatch(
      /^advance soon: not a time such as 7d\n/,
    );

    const file = join(clone.folder, '.local/backup.db');
    expect(await paste('npm run -s backup -- .local/backup.db')).toMatchObject({ code: 0, out: `${file}\n` });
    expect(statSync(file).size).toBeGreaterThan(0);
    expect(await clone.paste('npm run -s backup -- .local/backup.db')).toMatchObject({
      code: 1,
      err: `${file} is there already.\n`,
    });
  });

  it('SIGTERM ends all that npm start started, and takes .local/sluice.json away', async () => {
    const family = familyOf(start.child.pid!);
    // npm's command, and the vault's process.
    expect(family.length).toBeGreaterThan(1);

    start.child.kill('SIGTERM');
    await start.ended;

    expect(clone.state()).toBeUndefined();
    expect(start.printed()).toMatch(/\nStopped\.\n$/);
    expect(await eventually(() => (alive(family).length === 0 ? 'nothing' : undefined))).toBe('nothing');
  });
});

if (IS_EMBEDDED) keptTests({ clone: () => clone, first: () => running });

emulatorTests({ clone: () => clone, written });

describe('the rest', () => {
  it('openapi writes the document that is there', async () => {
    const file = join(clone.folder, 'functions/api/openapi.json');
    const before = readFileSync(file, 'utf8');

    const { code } = await paste('npm run openapi');

    expect(code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('diagrams draws what is there', async () => {
    const folder = join(clone.folder, 'docs/diagrams');
    const drawn = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    const before = drawn();

    const { code } = await paste('npm run diagrams');

    expect(code).toBe(0);
    expect(drawn()).toEqual(before);
  });

  it('bench prints each budget beside what it measured', { timeout: 300_000 }, async () => {
    const { out } = await paste('npm run bench');

    expect(out).toMatch(/^a +write units, create\+confirm of a saved method +6 += 6 +holds$/m);
    expect(out).toMatch(/^b +the same with callback, .* a delivered webhook +13 +≤ 13 +holds$/m);
    expect(out).toMatch(
      /^price write: \$0\.625 per million write request units \(https:\/\/aws\.amazon\.com\/dynamodb\/pricing\/\)$/m,
    );
    expect(out).toMatch(/^d +all in, returning card, batches of 1 +\$\d+\.\d\d +≤ \$18 +\w+$/m);
    expect(out).toMatch(/^f +calls to AWS on the confirm path +\d +≤ 6 +holds$/m);
    expect(out).toMatch(/^from `npm start` to ready, s \(last start here\) +\d+\.\d +≤ 90 +\w+$/m);
  });

  it('every command of the pages is run here or by .ci/run, or needs an AWS account', () => {
    const ci = readFileSync('.ci/run', 'utf8')
      .split('\n')
      .map((line) => line.replace(/^step /, ''));
    const byCi = (command: string): boolean => ci.some((line) => line === command || line.startsWith(`${command} `));

    const elsewhere = [
      ...NEEDS_AN_AWS_ACCOUNT,
      ...MUTATES,
      ...MEASURES,
      ...TESTED_APART,
      ...(IS_EMBEDDED ? [] : ['npm start -- --on ministack']),
    ];
    expect(COMMANDS.filter((text) => !done.has(text) && !byCi(text) && !elsewhere.includes(text))).toEqual([]);
    expect(elsewhere.filter((text) => !COMMANDS.includes(text))).toEqual([]);
  });
});
