/** WeChat Pay when an answer cannot be believed, when its keys change, and when the account's own are wrong. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsFor } from '../../simulators/wechatpay/running.ts';
import { wechatpaySteps } from '../../simulators/wechatpay/steps.ts';
import {
  ACCOUNT,
  parties,
  type WechatpayUnderTest,
  wechatpayUnderTest,
} from '../../simulators/wechatpay/under-test.ts';

let test: WechatpayUnderTest;
beforeEach(async () => {
  test = await wechatpayUnderTest();
});
afterEach(() => test.close());

const { request, paid, refundOf, clientWith } = wechatpaySteps(() => test);

describe('an answer that cannot be believed is unknown', () => {
  it.each([
    ['with a byte changed', 'tamper'],
    ['that is a probe', 'probe'],
  ] as const)('%s, and the order is there all the same', async (_, fault) => {
    const order = request();
    test.simulator.controls.next(fault);

    expect((await test.channel.authorize(order)).kind).toBe('unknown');

    expect(test.simulator.books.orders.get(order.reference)?.state).toBe('NOTPAY');
    expect((await test.channel.authorize(order)).kind).toBe('requires_action');
  });

  it('without a signature, or of another time', async () => {
    test.simulator.controls.set({ unsigned: true });
    expect((await test.channel.authorize(request())).kind).toBe('unknown');

    for (const clockOffsetMs of [301_000, -301_000]) {
      test.simulator.controls.set({ unsigned: false, clockOffsetMs });
      expect((await test.channel.authorize(request())).kind).toBe('unknown');
    }
    test.simulator.controls.set({ clockOffsetMs: 298_000 });
    expect((await test.channel.authorize(request())).kind).toBe('requires_action');
  });

  it('of a query, whatever it says: it is neither found nor not found', async () => {
    const order = await paid();
    test.simulator.controls.next('tamper');
    expect((await test.channel.queryAttempt(order)).attempt.kind).toBe('unknown');

    test.simulator.controls.next({ status: 500, code: 'SYSTEM_ERROR' });
    expect((await test.channel.queryAttempt(order)).attempt.kind).toBe('unknown');
    test.simulator.controls.set({ down: true });
    expect((await test.channel.queryAttempt(order)).attempt.kind).toBe('unknown');
    expect((await test.channel.queryRefund(refundOf(order))).kind).toBe('unknown');
  });
});

describe('a new certificate', () => {
  it('is asked for when it signs first, once, and believed because it is encrypted for the merchant', async () => {
    const targets: string[] = [];
    const channel = clientWith({}, targets);
    test.simulator.controls.set({ isRotated: true });

    const [first, second] = [await channel.authorize(request()), await channel.authorize(request())];

    expect([first.kind, second.kind]).toEqual(['requires_action', 'requires_action']);
    expect(targets.filter((target) => target === '/v3/certificates')).toHaveLength(1);
    test.simulator.controls.set({ isRotated: false });
    expect((await channel.authorize(request())).kind).toBe('requires_action');
  });

  it('is not believed where the list of certificates is not signed with one of its own', async () => {
    test.simulator.controls.set({ isRotated: true });
    test.simulator.controls.next('none', 'probe');

    expect((await test.channel.authorize(request())).kind).toBe('unknown');

    test.clock.move(60_000);
    expect((await test.channel.authorize(request())).kind).toBe('requires_action');
  });

  it('that does not open with the APIv3 key is not believed, and is asked for at most once a minute', async () => {
    const targets: string[] = [];
    const channel = clientWith({ apiV3Keys: ['x'.repeat(32)] }, targets);
    const asked = () => targets.filter((target) => target === '/v3/certificates').length;
    test.simulator.controls.set({ isRotated: true });

    expect((await channel.authorize(request())).kind).toBe('unknown');
    expect((await channel.authorize(request())).kind).toBe('unknown');
    expect(asked()).toBe(1);

    test.clock.move(60_000);
    expect((await channel.authorize(request())).kind).toBe('unknown');
    expect(asked()).toBe(2);
  });
});

describe('credentials', () => {
  it('are tried with a query that changes nothing', async () => {
    expect(await test.channel.checkCredentials(ACCOUNT)).toEqual({ kind: 'accepted' });
    expect(test.simulator.books.orders.size).toBe(0);
  });

  it.each([
    [
      'another private key',
      {
        privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      },
    ],
    ['another serial number', { merchantSerial: '0'.repeat(40) }],
    ['another merchant', { mchid: '1900000001' }],
  ])('are refused with %s', async (_, changes) => {
    expect(await clientWith(changes).checkCredentials(ACCOUNT)).toEqual({ kind: 'refused', reason: 'SIGN_ERROR' });
  });

  it('are refused with another APIv3 key, which no answer but the certificates shows', async () => {
    const reason = 'the APIv3 key opens no certificate';

    expect(await clientWith({ apiV3Keys: ['y'.repeat(32)] }).checkCredentials(ACCOUNT)).toEqual({
      kind: 'refused',
      reason,
    });
    test.simulator.controls.next('none', { status: 404, code: 'RESOURCE_NOT_EXISTS' });
    expect((await test.channel.checkCredentials(ACCOUNT)).kind).toBe('accepted');
  });

  it('are not known to be good while WeChat Pay does not answer, or cannot be verified', async () => {
    const unverified = clientWith(
      credentialsFor({ ...parties(), platform: [parties().platform[1], parties().platform[1]] }),
    );
    const wrongKey = clientWith({
      ...credentialsFor({ ...parties(), platform: [parties().platform[1], parties().platform[1]] }),
      apiV3Keys: ['y'.repeat(32)],
    });
    test.simulator.controls.next({ status: 500, code: 'SYSTEM_ERROR' });

    expect((await test.channel.checkCredentials(ACCOUNT)).kind).toBe('unknown');
    // Certificates of another day are asked for, and proved by the APIv3 key.
    expect((await unverified.checkCredentials(ACCOUNT)).kind).toBe('accepted');
    expect((await wrongKey.checkCredentials(ACCOUNT)).kind).toBe('unknown');
    test.simulator.controls.set({ down: true });
    expect((await test.channel.checkCredentials(ACCOUNT)).kind).toBe('unknown');
  });

  it('that cannot be opened send nothing: every outcome is unknown', async () => {
    const channel = clientWith({ mchid: 'not a number' });
    const order = request();

    const outcomes = await Promise.all([
      channel.authorize(order),
      channel.close(order),
      channel.refund(refundOf(order)),
      channel.queryRefund(refundOf(order)),
      channel.queryAttempt(order).then(({ attempt }) => attempt),
    ]);

    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'unknown'));
  });
});
