/** Addresses that stand for the hosts of channels: on a stack on this machine, and of this machine. */
import { describe, expect, it } from 'vitest';
import { addressesFor, addressesIn } from '../../../functions/channels/addresses.ts';

const CHANNELS = ['stripe', 'alipay'];

describe('addresses of channels', () => {
  it('are a list by name, without a slash at the end', () => {
    expect(addressesIn('stripe=http://127.0.0.1:4242/,alipay=http://localhost:4243/gateway.do', CHANNELS)).toEqual({
      stripe: 'http://127.0.0.1:4242',
      alipay: 'http://localhost:4243/gateway.do',
    });
    expect(addressesIn('stripe=http://[::1]:4242', CHANNELS)).toEqual({ stripe: 'http://[::1]:4242' });
    expect(addressesIn('', CHANNELS)).toEqual({});
  });

  it.each([
    'http://127.0.0.1:4242',
    'nobank=http://127.0.0.1:4242',
    'sandbox=http://127.0.0.1:4242',
    'constructor=http://127.0.0.1:4242',
  ])('%s: names no channel that has hosts of its own', (text) => {
    expect(() => addressesIn(text, CHANNELS)).toThrow('must be CHANNEL=URL; there are stripe, alipay');
    expect(() => addressesIn(text)).toThrow('must be CHANNEL=URL');
  });

  it.each([
    'stripe=https://api.example.com',
    'stripe=http://api.example.com',
    'stripe=http://127.0.0.1.example.com',
    'stripe=http://127.0.0.1@example.com',
    'stripe=http://user@127.0.0.1:4242',
    'stripe=http://10.0.0.1:4242',
    'stripe=127.0.0.1:4242',
    'stripe=',
  ])('%s: is no address of this machine', (text) => {
    expect(() => addressesIn(text, CHANNELS)).toThrow('must be an http address of this machine');
  });

  it.each([{ STAGE: 'aws' }, {}, { STAGE: 'constructor' }])('a function of %o refuses them', (env) => {
    expect(() => addressesFor({ ...env, CHANNELS_AT: 'stripe=http://127.0.0.1:4242' })).toThrow(
      'only on a stack on this machine',
    );
    expect(addressesFor(env)).toEqual({});
    expect(addressesFor({ ...env, CHANNELS_AT: '' })).toEqual({});
  });
});
