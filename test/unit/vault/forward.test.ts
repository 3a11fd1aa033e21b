import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CardChannel, ClearCard } from '../../../functions/channels/port/card.ts';
import type { AttemptOutcome, AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { type ChannelReference, newObjectKey, type ObjectKey, type Scope } from '../../../functions/kernel/ids.ts';
import type { Write } from '../../../functions/table/table.ts';
import { forward } from '../../../functions/vault/forward.ts';
import { renewCard } from '../../../functions/vault/store.ts';
import { type SandboxFixture, SCOPE, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { type VaultFixture, vaultFixture } from '../../world/vault.ts';

let table: ReturnType<typeof memoryTable>;
let fixture: SandboxFixture;
let vault: VaultFixture;
beforeEach(async () => {
  table = memoryTable();
  fixture = await sandboxFixture(table);
  vault = vaultFixture(table, fixture.clock);
});
afterEach(() => fixture.sandbox.close());

const CARD = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };
const vaulted = async (card: object = CARD) => (await vault.create({ type: 'card', card })).id;
const requestFor = (id: string, changes: Partial<AuthorizeRequest> = {}) =>
  fixture.request('', { instrument: { kind: 'vault', paymentMethod: id }, ...changes });
const cvcItem = (id: string) => table.get('cvc', { pk: `${SCOPE}#cvc`, sk: id.slice(3) });

/** A channel that records the cards it received. */
function recording(outcome: AttemptOutcome = { kind: 'pending' }) {
  const cards: ClearCard[] = [];
  const channel: CardChannel = {
    ...fixture.channel,
    authorizeCard: async (_, card) => {
      cards.push(card);
      return outcome;
    },
  };
  return { cards, channel };
}

describe('forward', () => {
  test('pays with the vaulted card over HTTP', async () => {
    const outcome = await forward(vault.forwardDeps(fixture.channel), {
      scope: SCOPE,
      request: requestFor(await vaulted()),
    });

    expect(outcome).toMatchObject({ kind: 'captured', amount: 1000n, checks: { cvc: 'pass' } });
  });

  test('the security code goes along once, and is gone after', async () => {
    const id = await vaulted();
    const { cards, channel } = recording();
    expect(await cvcItem(id)).toBeDefined();

    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id) });
    expect(await cvcItem(id)).toBeUndefined();
    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id) });

    expect(cards).toEqual([
      { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
      { number: '4242424242424242', expMonth: 12, expYear: 2034 },
    ]);
  });

  test('the channel receives the expiry that the merchant updated later', async () => {
    const id = await vaulted();
    const { cards, channel } = recording();
    await table.commit(renewCard(SCOPE, id.slice(3) as ObjectKey, { expMonth: 2, expYear: 2041 }));

    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id) });

    expect(cards).toEqual([{ number: '4242424242424242', expMonth: 2, expYear: 2041, cvc: '123' }]);
  });

  test('an expiry in the request goes before the one in the vault, and nothing else of the card does', async () => {
    const id = await vaulted();
    const { cards, channel } = recording();
    const expiry = { expMonth: 3, expYear: 2042, number: '4000000000000002' };
    await table.commit(renewCard(SCOPE, id.slice(3) as ObjectKey, { expMonth: 2, expYear: 2041 }));

    const instrument = { kind: 'vault', paymentMethod: id, expiry } as const;
    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id, { instrument }) });

    expect(cards).toEqual([{ number: '4242424242424242', expMonth: 3, expYear: 2042, cvc: '123' }]);
  });

  test('it is gone after a decline and after silence too', async () => {
    for (const outcome of [
      { kind: 'unknown', reason: 'no answer' },
      { kind: 'failed', decline: { code: 'x', message: 'y' } },
    ] as const) {
      const id = await vaulted();
      await forward(vault.forwardDeps(recording(outcome).channel), { scope: SCOPE, request: requestFor(id) });

      expect(await cvcItem(id)).toBeUndefined();
    }
  });

  test('after 15 minutes it is not used, though it is still stored', async () => {
    const id = await vaulted();
    const { cards, channel } = recording();
    fixture.clock.move(15 * 60_000);

    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id) });

    expect(cards).toEqual([{ number: '4242424242424242', expMonth: 12, expYear: 2034 }]);
  });

  test('of a card that was typed in days ago none is looked for', async () => {
    const id = await vaulted();
    fixture.clock.move(26 * 3_600_000);
    const getMany = table.getMany.bind(table);
    const read: string[] = [];
    table.getMany = (reads) => {
      read.push(...reads.map((one) => one.table));
      return getMany(reads);
    };

    await forward(vault.forwardDeps(recording().channel), { scope: SCOPE, request: requestFor(id) });

    expect(read).toEqual(['vault']);
  });

  test('it goes along although its request was carried on a day after the body was made', async () => {
    const made = newObjectKey(fixture.clock.nowMs(), systemRandom);
    fixture.clock.move(24 * 3_600_000);
    const { id } = await vault.create({ type: 'card', card: CARD }, { body: made, resumed: true });
    const { cards, channel } = recording();
    fixture.clock.move(14 * 60_000);

    await forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id) });

    expect(cards).toEqual([{ number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }]);
  });

  test.each<[string, (id: string) => Partial<AuthorizeRequest> | undefined, Scope]>([
    ['of another scope', () => undefined, 'Scope002' as Scope],
    ['that is not there', () => ({ instrument: { kind: 'vault', paymentMethod: 'pm_0000000000000000000000' } }), SCOPE],
    [
      'under a reference of another scope',
      () => ({ reference: `Scope002${fixture.request('').reference.slice(8)}` as ChannelReference }),
      SCOPE,
    ],
    ['that is no id', () => ({ instrument: { kind: 'vault', paymentMethod: 'pm_x' } }), SCOPE],
    ['of a test id', () => ({ instrument: { kind: 'test', token: 'pm_card_visa' } }), SCOPE],
  ])('a card %s is not sent, and has failed', async (_, changes, scope) => {
    const id = await vaulted();
    const { cards, channel } = recording();

    const outcome = await forward(vault.forwardDeps(channel), { scope, request: requestFor(id, changes(id) ?? {}) });

    expect(outcome).toMatchObject({ kind: 'failed', decline: { code: 'processing_error' } });
    expect(cards).toEqual([]);
  });

  test('swapped rows do not open', async () => {
    const [mine, theirs] = [await vaulted(), await vaulted({ ...CARD, number: '5555555555554444' })];
    const item = (await table.get('vault', { pk: `${SCOPE}#pm`, sk: theirs.slice(3) }))!;
    await table.commit({ kind: 'put', table: 'vault', item: { ...item, sk: mine.slice(3) }, when: { is: 'present' } });

    const sent = forward(vault.forwardDeps(fixture.channel), { scope: SCOPE, request: requestFor(mine) });

    await expect(sent).rejects.toThrow('the ciphertext is not of this record');
  });

  test('a code that cannot be removed is a warning, not a failed payment', async () => {
    const id = await vaulted();
    const commit = table.commit.bind(table);
    table.commit = async (...writes: readonly [Write, ...Write[]]) => {
      if (writes[0].kind === 'delete') throw new Error('throttled');
      await commit(...writes);
    };
    const warnings: string[] = [];

    const outcome = await forward(vault.forwardDeps(recording().channel, warnings), {
      scope: SCOPE,
      request: requestFor(id),
    });

    expect(outcome).toEqual({ kind: 'pending' });
    expect(warnings).toEqual(['a security code could not be removed']);
  });

  test('a card number that a channel sends back is taken out', async () => {
    const spread = '4242 4242-4242 4242';
    const outcome: AttemptOutcome = {
      kind: 'failed',
      decline: {
        code: 'card_declined',
        message: `card 4242424242424242 (${spread}) refused, not 5555555555554444`,
        networkCode: '05',
      },
    };

    const back = await forward(vault.forwardDeps(recording(outcome).channel), {
      scope: SCOPE,
      request: requestFor(await vaulted()),
    });

    expect(back).toEqual({
      kind: 'failed',
      decline: {
        code: 'card_declined',
        message: 'card [removed] ([removed]) refused, not [removed]',
        networkCode: '05',
      },
    });
  });

  test('what is no card number stays', async () => {
    const url = 'https://bank.example/c/123456789012345?ref=4242';

    const back = await forward(
      vault.forwardDeps(recording({ kind: 'requires_action', action: { kind: 'redirect', url } }).channel),
      {
        scope: SCOPE,
        request: requestFor(await vaulted()),
      },
    );

    expect(back).toEqual({ kind: 'requires_action', action: { kind: 'redirect', url } });
  });
});

describe('a code that the next attempt needs', () => {
  const NOT_ACCEPTED: AttemptOutcome = {
    kind: 'failed',
    decline: { class: 'technical_not_accepted', code: 'processing_error', message: 'later' },
  };
  /** Forwards, as an attempt that another one follows or the last of its chain, and returns what the channel received and what was answered. */
  async function sent(id: string, outcome: AttemptOutcome, changes: Partial<AuthorizeRequest> = {}, keeps = true) {
    const { cards, channel } = recording(outcome);
    const request = requestFor(id, changes);
    const answered = await forward(vault.forwardDeps(channel), {
      scope: SCOPE,
      request,
      ...(keeps && { keepsCode: true }),
    });
    return { answered, codes: cards.map(({ cvc }) => cvc), request };
  }

  test('stays where the channel did nothing, and is gone after the last attempt', async () => {
    const id = await vaulted();
    const first = await sent(id, NOT_ACCEPTED);
    expect(await cvcItem(id)).toBeDefined();
    const last = await sent(id, NOT_ACCEPTED, {}, false);

    expect([first.codes, last.codes]).toEqual([['123'], ['123']]);
    expect(first.answered).toEqual(NOT_ACCEPTED);
    expect(await cvcItem(id)).toBeUndefined();
  });

  test.each<[string, AttemptOutcome]>([
    ['a success', { kind: 'captured', authorizationCode: 'A', amount: 1_000n }],
    ['a decline', { kind: 'failed', decline: { class: 'soft', code: 'card_declined', message: 'no' } }],
    ['our own mistake', { kind: 'failed', decline: { class: 'configuration', code: 'x', message: 'no' } }],
    ['an unknown outcome', { kind: 'unknown', reason: 'no answer' }],
    ['a challenge', { kind: 'requires_action', action: { kind: 'redirect', url: 'https://bank.example' } }],
    ['a pending outcome', { kind: 'pending' }],
  ])('is gone after %s, although another attempt could follow', async (_, outcome) => {
    const id = await vaulted();

    expect((await sent(id, outcome)).answered).toEqual(outcome);
    expect(await cvcItem(id)).toBeUndefined();
  });

  test('is sent once under one reference, whatever forwards it again', async () => {
    const id = await vaulted();
    const { request } = await sent(id, NOT_ACCEPTED);
    const again = await sent(id, NOT_ACCEPTED, { reference: request.reference });

    expect(again).toMatchObject({ codes: [], answered: { kind: 'unknown' } });
    expect((await sent(id, NOT_ACCEPTED)).codes).toEqual(['123']);
  });

  test('lives 20 seconds from its first send, and no longer than it would have', async () => {
    const id = await vaulted();
    const started = fixture.clock.nowMs() / 1_000;
    await sent(id, NOT_ACCEPTED);
    expect(Number((await cvcItem(id))!.expiresAt)).toBe(started + 20);
    fixture.clock.move(7_000);
    await sent(id, NOT_ACCEPTED);
    expect(Number((await cvcItem(id))!.expiresAt)).toBe(started + 20);
    fixture.clock.move(13_000);

    expect((await sent(id, NOT_ACCEPTED)).codes).toEqual([undefined]);
  });

  test('ends the chain where a second send would have less than 13 seconds of its time', async () => {
    const ends = async (secondsLeft: number) => {
      const id = await vaulted();
      fixture.clock.move((15 * 60 - secondsLeft) * 1_000);
      const { answered } = await sent(id, NOT_ACCEPTED);
      return [answered, (await cvcItem(id)) !== undefined];
    };

    expect(await ends(13)).toEqual([NOT_ACCEPTED, true]);
    expect(await ends(12)).toEqual([
      { kind: 'failed', decline: { code: 'processing_error', message: 'later' } },
      false,
    ]);
  });

  test('is not sent where the vault cannot note that', async () => {
    const id = await vaulted();
    const { cards, channel } = recording();
    table.commit = async () => {
      throw new Error('throttled');
    };
    const forwarded = forward(vault.forwardDeps(channel), { scope: SCOPE, request: requestFor(id), keepsCode: true });

    await expect(forwarded).rejects.toThrow('throttled');
    expect(cards).toEqual([]);
  });

  test('is not there for a card without one, which is sent to each account', async () => {
    const { cvc: _, ...card } = CARD;
    const id = await vaulted(card);

    expect((await sent(id, NOT_ACCEPTED)).answered).toEqual(NOT_ACCEPTED);
    expect((await sent(id, NOT_ACCEPTED)).codes).toEqual([undefined]);
  });
});
