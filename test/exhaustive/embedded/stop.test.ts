/** The end of a stack while clients are at work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startProcess } from '../../world/stack-process.ts';

const END_MS = 10_000;

it('half a request does not keep a stack, and payments under way are answered', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-stop-'));
  const stack = await startProcess(directory);
  const { baseUrl, secretKey } = stack.state;
  const half = connect(Number(new URL(baseUrl).port), '127.0.0.1').on('error', () => {});
  half.write('POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc');
  const answers: unknown[] = [];
  let stopping = false;
  const client = async (): Promise<void> => {
    while (!stopping) {
      const asked = fetch(`${baseUrl}/v1/payment_intents`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secretKey}` },
        body: new URLSearchParams({ amount: '2000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' }),
      });
      // A request that comes after the signal may find no server.
      const answer = await asked
        .then((response) => response.json() as Promise<{ readonly status?: string }>)
        .catch(() => undefined);
      if (answer) answers.push(answer.status ?? answer);
      // A key's requests are limited.
      await sleep(40);
    }
  };
  try {
    const clients = Array.from({ length: 4 }, client);
    await sleep(1_500);

    const ended = await Promise.race([stack.stop(), sleep(END_MS, 'still running')]);
    stopping = true;
    await Promise.all(clients);

    expect(ended).toEqual({ code: 0, stderr: '' });
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set(['succeeded']));
  } finally {
    stopping = true;
    half.destroy();
    await stack.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});
