/** The channels there are: not every one takes cards, and the vault forwards a card to no other. */
import { expect, it } from 'vitest';
import { capabilitiesOfChannel } from '../../../functions/channels/capabilities.ts';
import { type CardChannel, withCards } from '../../../functions/channels/port/card.ts';
import type { Channel } from '../../../functions/channels/port/channel.ts';
import { cardClients, channelClients } from '../../../functions/channels/registry.ts';

const deps = { sandboxUrl: 'https://api.example/sandbox', credentials: () => Promise.reject(new Error('unused')) };

it('a channel without cards is a channel, and the vault refuses to forward to it', () => {
  const channel: Channel = { ...cardClients(deps)('sandbox') };
  delete (channel as Partial<CardChannel>).authorizeCard;

  expect(() => withCards('wallets', channel)).toThrow('the channel wallets takes no cards');
});

it('what a channel can do is listed as its client says it', () => {
  expect(capabilitiesOfChannel('sandbox')).toEqual(channelClients(deps)('sandbox').capabilities);
  for (const name of ['constructor', 'none'])
    expect(() => capabilitiesOfChannel(name)).toThrow(`there is no channel ${name}`);
});

it('a channel that no release had is refused', () => {
  for (const clients of [channelClients(deps), cardClients(deps)])
    for (const name of ['constructor', 'none']) expect(() => clients(name)).toThrow(`there is no channel ${name}`);
});
