import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Which targets this server has. */
export interface TargetRules {
  /** Whether private addresses are targets: they are, where only those who may steer the sandbox reach it. */
  readonly allowsPrivate: boolean;
  /** The port of this server, once it serves. */
  readonly ownPort: () => number | undefined;
}

const listOf = (...subnets: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
};

/** Link-local (with the metadata services of clouds), unspecified, multicast and reserved, and tunnels to IPv4. */
const never = listOf(
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::254/128'],
  ...['2002::/16', '2001::/32', '64:ff9b:1::/48'],
);

const ofThisMachine = listOf('127.0.0.0/8', '::1/128');

const inside = listOf('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7');

const has = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** An IPv4 address in the clothes of an IPv6 address, mapped or translated, as itself. */
function plain(address: string): string {
  if (!isIPv6(address)) return address;
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`);
  const short = hostname.slice(1, -1);
  const [, high = '', low = ''] =
    /^(?:::ffff:|::ffff:0:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === '') return short;
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** Why nothing is sent to an address and port; `undefined` where it is a target. */
export function addressRefusal(given: string, port: number, rules: TargetRules): string | undefined {
  const address = plain(given);
  if (has(never, address)) {
    return `${address} is never a target: link-local, unspecified, multicast and reserved addresses are none`;
  }
  const isLoopback = has(ofThisMachine, address);
  if (port === rules.ownPort() && (isLoopback || isOwn(address))) {
    return `${address}:${port} is the sandbox itself`;
  }
  if (!rules.allowsPrivate && (isLoopback || has(inside, address))) {
    return `${address} is private, and nobody has said who may steer this sandbox, which listens beyond loopback: anybody could make it call there`;
  }
  return undefined;
}

const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((list) => list?.some((own) => plain(own.address) === address));

/** A URL that webhooks may go to, as far as its text tells, or why it is none. */
export function readTarget(text: string, rules: TargetRules): URL | string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'it is no URL';
  }
  if (!/^https?:$/.test(url.protocol)) return 'it is not http or https';
  if (url.username !== '' || url.password !== '') return 'it holds a user or a password';
  const host = hostOf(url);
  const address = isIP(host) ? host : /^(.+\.)?localhost\.?$/.test(host) ? '127.0.0.1' : undefined;
  return (address && addressRefusal(address, portOf(url), rules)) || url;
}

/** Without the brackets of an IPv6 address. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === 'https:' ? 443 : 80));
