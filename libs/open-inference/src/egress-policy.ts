// Which addresses a model server may have. Judged on the address that is dialled, not on the name: names may change their mind.
import ipaddr from 'ipaddr.js';

export interface EgressRules {
  /** The local profile's model servers live on loopback; elsewhere loopback is this machine's own secrets. */
  readonly allowLoopback: boolean;
  /**
   * Host names (`*.models.internal` for all below it), addresses and CIDRs: the same forms that the controller reads. Absent: every
   * address that is not refused below, private ones included, for that is where model servers live.
   */
  readonly only?: readonly string[] | undefined;
}

/** Ranges that no model server has: link-local is where clouds keep their credentials, the translated ones hide any IPv4 address. */
const neverRanges: ReadonlySet<string> = new Set([
  'linkLocal',
  'multicast',
  'unspecified',
  'broadcast',
  'reserved',
  '6to4',
  'teredo',
  'rfc6052',
  'rfc6145',
  'as112',
  'as112v6',
  'amt',
  'deprecatedSiteLocal',
  'orchid2',
  'discard',
]);

/** Metadata services outside link-local (AWS over IPv6, Alibaba, Azure's wire server, Oracle). */
const neverAddresses: ReadonlySet<string> = new Set(
  ['fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'].map((text) => ipaddr.parse(text).toString()),
);

export class EgressPolicy {
  private readonly hosts: ReadonlySet<string>;
  /** With their dot in front. */
  private readonly suffixes: readonly string[];
  private readonly networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];

  /** @throws Error when an entry of `only` is neither a host name nor an address range. */
  constructor(private readonly rules: EgressRules) {
    const entries = rules.only ?? [];
    this.networks = entries.filter(isNetwork).map(parseNetwork);
    const names = entries.filter((entry) => !isNetwork(entry)).map(parseHost);
    this.hosts = new Set(names);
    this.suffixes = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  }

  /** Why this address of this host is not dialled; undefined when it may be. */
  refusal(host: string, address: string): string | undefined {
    if (!ipaddr.isValid(address)) return `${address} is not an address`;
    const ip = ipaddr.process(address);
    const range = ip.range();
    if (neverRanges.has(range)) return `${address} is ${range}`;
    if (neverAddresses.has(ip.toString())) return `${address} is a metadata service`;
    if (this.rules.only && this.listed(host, ip)) return undefined;
    if (range === 'loopback') return this.rules.allowLoopback ? undefined : `${address} is loopback`;
    if (this.rules.only) return `neither ${host} nor ${address} is on the list of allowed addresses`;
    return undefined;
  }

  private listed(host: string, ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    const name = host.toLowerCase();
    if (this.hosts.has(name) || this.suffixes.some((suffix) => name.endsWith(suffix))) return true;
    return this.networks.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
  }
}

function isNetwork(entry: string): boolean {
  return ipaddr.isValid(entry.split('/')[0] ?? '');
}

function parseNetwork(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry);
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function parseHost(entry: string): string {
  if (!/^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(entry))
    throw new Error(`${entry} is neither a host name nor a CIDR`);
  return entry.toLowerCase();
}
