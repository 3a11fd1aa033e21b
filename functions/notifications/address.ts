/** Which addresses a webhook may reach: public ones. A merchant's URL must not make us ask our own network for something. */
import { BlockList, isIP } from 'node:net';

/** Loopback, private, link-local (with the metadata services), shared, reserved, multicast and documentation ranges (RFC 6890). */
const REFUSED_IPV4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  REFUSED_IPV4.addSubnet(network, prefix, 'ipv4');
}
/**
 * Of IPv6 only what is assigned for global unicast may be reached (IANA: 2000::/3), so that loopback, private, link-local, mapped,
 * translated (NAT64, SIIT) and whatever is yet to be invented need no list.
 */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');
/** Special within it: protocol assignments with Teredo and benchmarking, documentation, 6to4. */
const REFUSED_IPV6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  REFUSED_IPV6.addSubnet(network, prefix, 'ipv6');
}

/** Whether the host is an address that is refused, or the name of this machine. Other names are judged when they are resolved. */
export function refusesAddress(host: string): boolean {
  const unbracketed = host.replace(/^\[|\]$/g, '');
  const family = isIP(unbracketed);
  if (family === 0) return /(^|\.)(localhost|local|internal)\.?$/i.test(unbracketed);
  if (family === 4) return REFUSED_IPV4.check(unbracketed, 'ipv4');
  return !GLOBAL_IPV6.check(unbracketed, 'ipv6') || REFUSED_IPV6.check(unbracketed, 'ipv6');
}
