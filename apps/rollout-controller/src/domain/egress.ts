// Where addresses in manifests may point to: never at the machine itself, its metadata service, or what is not listed.
import { dialledUrl } from '@weir/contracts';
import * as ipaddr from 'ipaddr.js';

export interface EgressRule {
  /** local: loopback and private addresses are allowed; production: only what is listed, or public where nothing is. */
  readonly profile: 'local' | 'production';
  /** Host names (`*.models.internal` for all below it), addresses and CIDR ranges. */
  readonly allow: readonly string[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const metadataHosts = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);
const metadataAddresses = new Set([
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2:0:0:0:0:0:254',
]);
const ownNetwork = new Set(['private', 'uniqueLocal', 'carrierGradeNat']);

/** What is wrong with where the URL points to; undefined where nothing is. The text has passed `serverUrl` or `instanceUrl`. */
export function egressProblem(url: string, rule: EgressRule): string | undefined {
  const host = new URL(dialledUrl(url)).hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const address = ipaddr.isValid(host) ? ipaddr.parse(host) : undefined;
  const range = address ? address.range() : isLocalName(host) ? 'loopback' : 'name';
  const forbidden = forbiddenProblem(host, address, range);
  if (forbidden) return forbidden;
  if (rule.profile === 'local') return undefined;
  if (rule.allow.some((entry) => covers(entry, host, address))) return undefined;
  if (range === 'loopback') return 'points to the machine itself';
  if (rule.allow.length > 0) return 'points to a host that is not in WEIR_EGRESS_ALLOW';
  return ownNetwork.has(range) ? 'points to a private address that is not in WEIR_EGRESS_ALLOW' : undefined;
}

/** What no profile and no list allows. */
function forbiddenProblem(host: string, address: Address | undefined, range: string): string | undefined {
  if (metadataHosts.has(host) || (address && metadataAddresses.has(address.toString())))
    return 'points to a metadata service';
  if (address && metadataAddresses.has(address.toNormalizedString())) return 'points to a metadata service';
  if (!address || range === 'unicast' || range === 'loopback' || ownNetwork.has(range)) return undefined;
  return `points to an address of the range ${range}`; // linkLocal, unspecified, multicast, ipv4Mapped, 6to4, teredo, ...
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === 'ip6-localhost';
}

function covers(entry: string, host: string, address: Address | undefined): boolean {
  if (entry.startsWith('*.')) return host.endsWith(entry.slice(1).toLowerCase());
  if (address && ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry);
    return network.kind() === address.kind() && address.match(network, bits);
  }
  return entry.toLowerCase() === host;
}
