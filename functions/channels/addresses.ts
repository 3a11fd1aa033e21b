/**
 * Addresses that stand for the hosts of channels on a stack on this machine, such as `stripe=http://127.0.0.1:4242,alipay=http://127.0.0.1:4243`. The hosts
 * themselves are compiled in, because requests to them carry the secrets of accounts.
 */
import { WITH_HOSTS } from './capabilities.ts';

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];
/** The stages of stacks that run on one machine (STAGE). */
const LOCAL_STAGES = ['local', 'embedded'];

/** The addresses by the channel's name, without a slash at the end. @throws for another name, and for an address on another machine */
export function addressesIn(text: string, channels = WITH_HOSTS): Readonly<Record<string, string>> {
  const parts = text.split(',').filter((part) => part !== '');
  return Object.fromEntries(parts.map((part) => addressIn(part, channels)));
}

function addressIn(part: string, channels: readonly string[]): readonly [string, string] {
  const [, name = '', address = ''] = /^([^=]*)=(.*)$/.exec(part) ?? [];
  if (!channels.includes(name)) throw new Error(`${part}: must be CHANNEL=URL; there are ${channels.join(', ')}`);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' || !LOOPBACK.includes(url.hostname) || url.username !== '')
    throw new Error(`${part}: must be an http address of this machine, such as http://127.0.0.1:4242`);
  return [name, address.replace(/\/+$/, '')];
}

/** The addresses that a function was given (CHANNELS_AT). @throws where it runs on AWS and has any */
export function addressesFor({ CHANNELS_AT: text = '', STAGE }: Readonly<Record<string, string | undefined>>) {
  if (text !== '' && !LOCAL_STAGES.includes(STAGE ?? ''))
    throw new Error('CHANNELS_AT: channels have other addresses only on a stack on this machine');
  return addressesIn(text);
}
