/** The channels there are: not every one takes cards, and the vault forwards a card to no other. */
import { expect, it } from 'vitest';
import { CHANNELS, capabilitiesOfChannel, described } from '../../../functions/channels/capabilities.ts';
import { type CardChannel, withCards } from '../../../functions/channels/port/card.ts';
import type { Channel } from '../../../functions/channels/port/channel.ts';
import { cardClients, channelClients, loadClient } from '../../../functions/channels/registry.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';

const unused = () => Promise.reject(new Error('unused'));
const deps = {
  http: unused,
  nowMs: () => 0,
  callbackUrl: () => 'https://api.example/callbacks',
  random: systemRandom,
  sandboxUrl: 'https://api.example/sandbox',
  credentials: unused,
};

it('a channel without cards is a channel, and the vault refuses to forward to it', () => {
  const channel: Channel = { ...cardClients(deps)('sandbox') };
  delete (channel as Partial<CardChannel>).authorizeCard;

  expect(() => withCards('wallets', channel)).toThrow('the channel wallets takes no cards');
});

it.each(CHANNELS)('%s: is described as its client describes itself, before that is loaded', async (name) => {
  const loaded = await loadClient(name, deps);
  const channel = channelClients(deps)(name);

  expect({ ...described(name) }).toEqual({ capabilities: loaded.capabilities, timing: loaded.timing });
  expect(Object.keys(channel).sort()).toEqual(Object.keys(loaded).sort());
  expect(channel.listing?.retentionMs).toBe(loaded.listing?.retentionMs);
});

it('a channel that no release had is refused', async () => {
  for (const clients of [channelClients(deps), cardClients(deps), capabilitiesOfChannel])
    for (const name of ['constructor', 'none']) expect(() => clients(name)).toThrow(`there is no channel ${name}`);
  await expect(loadClient('constructor', deps)).rejects.toThrow('there is no channel constructor');
});
