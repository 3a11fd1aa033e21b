/** The addresses that a webhook may not reach: the first and the last of each range, and the public ones next to it (RFC 6890, IANA). */
import { beforeEach, describe, expect, it, vi } from 'vitest';

let refuses: (host: string) => boolean;
/** Loaded for each test: a range that Node refuses then fails a test, and not only the loading of this file. */
beforeEach(async () => {
  vi.resetModules();
  ({ refusesAddress: refuses } = await import('../../../functions/notifications/address.ts'));
});

describe('IPv4', () => {
  it.each([
    ['this network', '0.0.0.0', '0.255.255.255'],
    ['private 10/8', '10.0.0.0', '10.255.255.255'],
    ['shared 100.64/10', '100.64.0.0', '100.127.255.255'],
    ['loopback', '127.0.0.0', '127.255.255.255'],
    ['link-local with metadata services', '169.254.0.0', '169.254.255.255'],
    ['private 172.16/12', '172.16.0.0', '172.31.255.255'],
    ['protocol assignments', '192.0.0.0', '192.0.0.255'],
    ['documentation 1', '192.0.2.0', '192.0.2.255'],
    ['6to4 relays', '192.88.99.0', '192.88.99.255'],
    ['private 192.168/16', '192.168.0.0', '192.168.255.255'],
    ['benchmarking', '198.18.0.0', '198.19.255.255'],
    ['documentation 2', '198.51.100.0', '198.51.100.255'],
    ['documentation 3', '203.0.113.0', '203.0.113.255'],
    ['multicast and reserved', '224.0.0.0', '255.255.255.255'],
  ])('%s is refused from %s to %s', (_what, first, last) => {
    expect(refuses(first)).toBe(true);
    expect(refuses(last)).toBe(true);
  });

  it.each(
    (
      '1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 ' +
      '169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 ' +
      '192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 ' +
      '203.0.114.0 223.255.255.255 8.8.8.8'
    ).split(' '),
  )('%s is allowed', (address) => {
    expect(refuses(address)).toBe(false);
  });
});

describe('IPv6', () => {
  it.each(
    (
      ':: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1 1fff::1 4000::1 fc00::1 ' +
      'fdff::1 fe80::1 fec0::1 ff02::1 [::1] [fe80::1] 2001:: 2001:1ff:ffff:: 2001:db8:: 2001:db8:ffff::1 ' +
      '2002:: 2002:7f00:1:: 2002:ffff:: 3fff:: 3fff:fff:ffff::1'
    ).split(' '),
  )('%s is refused', (address) => {
    expect(refuses(address)).toBe(true);
  });

  it.each(
    (
      '2000::1 2001:200::1 2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700::1111 3ffe::1 3fff:1000::1 ' +
      '[2606:4700::1111]'
    ).split(' '),
  )('%s is allowed', (address) => {
    expect(refuses(address)).toBe(false);
  });
});

describe('a name', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'printer.local',
    'db.internal',
    'local',
    'a.b.INTERNAL.',
  ])('%s is refused before it is resolved', (name) => {
    expect(refuses(name)).toBe(true);
  });

  it.each([
    'example.com',
    'notlocalhost',
    'localhost.example.com',
    'local.example',
    'internal-tools.example',
    'mylocal',
  ])('%s is judged when it is resolved', (name) => {
    expect(refuses(name)).toBe(false);
  });
});
