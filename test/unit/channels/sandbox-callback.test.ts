import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxCallbacks, verifiedCallback } from '../../../functions/channels/sandbox/callback.ts';
import { signatureOf } from '../../../functions/sandbox/callback.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import type { SignedCallback } from '../../simulators/sandbox-server.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
let signed: SignedCallback;
let nowMs: number;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
  await fixture.channel.authorize(fixture.request('pm_card_visa'));
  signed = await fixture.sandbox.signed(fixture.sandbox.due[0]!);
  nowMs = fixture.clock.nowMs();
});
afterAll(() => fixture.sandbox.close());

const secrets = () => [fixture.opened.callbackSecret];
const verify = (raw: Uint8Array, header: string | undefined, keys = secrets(), atMs = nowMs) =>
  verifiedCallback(raw, { 'sandbox-signature': header }, keys, atMs);
const header = () => signed.headers['sandbox-signature']!;
const signature = (body: string, t = Math.floor(nowMs / 1000)) =>
  `t=${t},v1=${createHmac('sha256', secrets()[0]!).update(`${t}.${body}`).digest('hex')}`;

describe('callback verification', () => {
  test("a genuine callback is a fact in the port's terms, under the sandbox's own id", () => {
    const verified = verify(signed.raw, header());

    expect(verified).toEqual({
      dedupe: expect.stringMatching(/^Scope001[0-9A-Za-z]{23}\.authorisation$/),
      facts: [
        {
          about: 'attempt',
          reference: expect.stringMatching(/^Scope001[0-9A-Za-z]{23}$/),
          outcome: {
            kind: 'captured',
            amount: 1000n,
            authorizationCode: expect.any(String),
            checks: { cvc: 'pass' },
            handles: { charge: expect.stringMatching(/^ch[0-9a-f]{12}$/) },
          },
        },
      ],
    });
  });

  test('the sandbox signs as documented', () => {
    const signatureHeader = signatureOf('{"id":"x","type":"none","data":{}}', 'secret', 1_800_000_000_999);

    expect(signatureHeader).toBe('t=1800000000,v1=b90e7dde47e25d1a21aaae0fb7e4df543c4d6f0f32ab471a5eab4f86b835cc67');
  });

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['no time', 'v1=00'],
    ['a signature of another length', 't=1,v1=abcd'],
    ['another scheme', 't=1,v0=00'],
  ])('refuses %s', (_, value) => {
    expect(verify(signed.raw, value)).toBeUndefined();
    expect(sandboxCallbacks.plausible({ 'sandbox-signature': value }, nowMs)).toBe(false);
  });

  test('refuses one changed bit of the body', () => {
    const raw = Buffer.from(signed.raw);
    raw[raw.length - 3]! ^= 1;

    expect(verify(raw, header())).toBeUndefined();
  });

  test('refuses the same body written otherwise', () => {
    expect(verify(Buffer.from(`${signed.raw.toString()} `), header())).toBeUndefined();
  });

  test('refuses another time under the same signature', () => {
    const later = header().replace(/t=\d+/, (t) => `t=${Number(t.slice(2)) + 1}`);

    expect(verify(signed.raw, later)).toBeUndefined();
  });

  test('refuses another secret', () => {
    expect(verify(signed.raw, header(), ['sbs_another'])).toBeUndefined();
  });

  test('takes either of two secrets while one is being changed', () => {
    expect(verify(signed.raw, header(), ['sbs_next', ...secrets()])).toBeDefined();
    expect(verify(signed.raw, header(), [...secrets(), 'sbs_before'])).toBeDefined();
  });

  test('takes any of several signatures', () => {
    const several = header().replace(',v1=', `,v1=${'0'.repeat(64)},v1=`);

    expect(verify(signed.raw, several)).toBeDefined();
  });

  test.each([
    [300_000, true],
    [301_000, false],
    [-300_000, true],
    [-301_000, false],
  ])('at an age of %i ms it is taken: %s', (ageMs, taken) => {
    const atMs = Math.floor(nowMs / 1000) * 1000 + ageMs;

    expect(verify(signed.raw, header(), secrets(), atMs) !== undefined).toBe(taken);
    expect(sandboxCallbacks.plausible({ 'sandbox-signature': header() }, atMs)).toBe(taken);
  });

  test.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['no id', '{"type":"charge","data":{}}'],
    ['an id that is no key', '{"id":"a#b","type":"charge","data":{}}'],
    ['an unknown type', '{"id":"a","type":"other","data":{}}'],
    ['a charge of nothing', '{"id":"a","type":"charge","data":{}}'],
  ])('genuinely signed, but %s: not understood', (_, body) => {
    expect(verify(Buffer.from(body), signature(body))).toBeUndefined();
  });

  test('genuinely signed, but about a reference that is not ours: not understood', () => {
    const data = { reference: 'short', charge: 'x', amount: '1', currency: 'usd', status: 'succeeded' };
    const body = JSON.stringify({ id: 'a', type: 'refund', data });

    expect(verify(Buffer.from(body), signature(body))).toBeUndefined();
  });

  test('genuinely signed, but not UTF-8: not understood', () => {
    const raw = Buffer.from([0x7b, 0xff, 0x7d]);
    const t = Math.floor(nowMs / 1000);
    const v1 = createHmac('sha256', secrets()[0]!).update(`${t}.`).update(raw).digest('hex');

    expect(verify(raw, `t=${t},v1=${v1}`)).toBeUndefined();
  });
});

describe('callback facts', () => {
  const factOf = async (index: number) => {
    const each = await fixture.sandbox.signed(fixture.sandbox.due.at(index)!);
    return verify(each.raw, each.headers['sandbox-signature'], secrets(), fixture.clock.nowMs())?.facts[0];
  };

  test('of a decline', async () => {
    const request = fixture.request('pm_card_visa_chargeDeclinedInsufficientFunds');
    await fixture.channel.authorize(request);

    expect(await factOf(-1)).toMatchObject({
      about: 'attempt',
      reference: request.reference,
      outcome: { kind: 'failed', decline: { declineCode: 'insufficient_funds' } },
    });
  });

  test("of a capture and a void, with the operation's number", async () => {
    const captured = fixture.request('pm_card_visa', { capture: false });
    const voided = fixture.request('pm_card_visa', { capture: false });
    await fixture.channel.authorize(captured);
    await fixture.channel.authorize(voided);

    await fixture.channel.capture({ ...fixture.followUp(captured, 7), amount: 1n });
    expect(await factOf(-1)).toEqual({
      about: 'operation',
      reference: captured.reference,
      operation: 7,
      outcome: { kind: 'succeeded', handles: { capture: expect.stringMatching(/^cp[0-9a-f]{12}$/) } },
      facts: { kind: 'capture', amount: 1n, atMs: fixture.clock.nowMs() },
    });

    await fixture.channel.void(fixture.followUp(voided, 0));
    expect(await factOf(-1)).toEqual({
      about: 'operation',
      reference: voided.reference,
      operation: 0,
      outcome: { kind: 'succeeded' },
      facts: { kind: 'void', atMs: fixture.clock.nowMs() },
    });
  });

  test('of a refund that fails in the end', async () => {
    const request = fixture.request('pm_card_refundFail');
    await fixture.channel.authorize(request);
    const refund = fixture.refundOf(request, 1000n);
    await fixture.channel.refund(refund);

    expect(await factOf(-2)).toEqual({
      about: 'refund',
      reference: refund.reference,
      outcome: { kind: 'succeeded', handles: { refund: expect.stringMatching(/^rf[0-9a-f]{12}$/) } },
    });
    expect(await factOf(-1)).toMatchObject({
      about: 'refund',
      reference: refund.reference,
      outcome: { kind: 'failed' },
    });
  });
});
