/** Functions of version 0.1 beside those of this release, as during an upgrade. */
import { expect, it } from 'vitest';
import { currentOutcome } from '../../../functions/channels/port/earlier.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { alsoForEarlier, currentRequest, type EarlierRequest } from '../../../functions/vault/earlier.ts';
import type { ForwardRequest } from '../../../functions/vault/port/port.ts';

const scope = 'AcmeTest' as Scope;
const instrument = { kind: 'vault', paymentMethod: 'pm_1' } as const;
const request = { reference: 'r', amount: 1n, instrument } as unknown as ForwardRequest['request'];

it('the vault of this release reads a request of 0.1, which names the instrument card', () => {
  const { instrument: card, ...rest } = request;
  const earlier = { scope, request: { ...rest, card } } as EarlierRequest;

  expect(currentRequest(earlier).request.instrument).toEqual(instrument);
  expect(currentRequest({ scope, request })).toEqual({ scope, request });
});

it('the vault of 0.1 reads a request of this release', () => {
  expect(alsoForEarlier({ scope, request }).request.card).toEqual(instrument);
});

it('a challenge that was reported before the upgrade is a redirect', () => {
  const url = 'https://bank.example/1';

  expect(currentOutcome({ kind: 'requires_action', url })).toEqual({
    kind: 'requires_action',
    action: { kind: 'redirect', url },
  });
  expect(currentOutcome({ kind: 'pending' })).toEqual({ kind: 'pending' });
});
