import { chainExists, NFPROTO, NftBatch } from '../../kernel/nftables.ts';
import type { NetlinkMessages } from '../../kernel/netlink-message.ts';
import type { NetlinkSocket } from '../../kernel/netlink.ts';

/** Where a container asks for names: Docker's address. */
export const DNS_ADDRESS = '127.0.0.11';
/** Where the engine's sockets are: port 53 stays free for the container's own servers. */
export const DNS_PORT = 40053;

const TABLE = 'engine-dns';
const CHAIN = 'output';
const HOOK_OUTPUT = 3;
const PRIORITY_RAW = -300;
const EXPR = { NAME: 1, DATA: 2 } as const;
const LIST_ELEM = 1;
const REGISTER = 1;
const HEADER = { network: 1, transport: 2 } as const;
const META_L4PROTO = 16;
const IPV4_OFFSET = { source: 12, destination: 16 } as const;
const PORT_OFFSET = { source: 0, destination: 2 } as const;
/** Offset of the checksum in the transport header. */
const transports = [
  { protocol: 17, checksum: 6 },
  { protocol: 6, checksum: 16 },
] as const;

/**
 * Rewrites 127.0.0.11:53 to the port of the engine's sockets and back, in the namespace of `netfilter`'s socket. Four rules
 * without state: no connection tracking starts in the container for it. Those of an engine before us stay.
 */
export function installDnsRewrite(netfilter: NetlinkSocket): void {
  if (chainExists(netfilter, TABLE, CHAIN, NFPROTO.IPV4)) return;
  const batch = new NftBatch(netfilter, NFPROTO.IPV4);
  batch.addTable(TABLE);
  batch.addFilterChain(TABLE, CHAIN, HOOK_OUTPUT, PRIORITY_RAW);
  for (const transport of transports) {
    batch.addRule(TABLE, CHAIN, (to) => rewrite(to, transport, 'destination', 53, DNS_PORT));
    batch.addRule(TABLE, CHAIN, (to) => rewrite(to, transport, 'source', DNS_PORT, 53));
  }
  batch.commit();
}

function rewrite(
  to: NetlinkMessages,
  transport: (typeof transports)[number],
  end: 'source' | 'destination',
  from: number,
  into: number,
): void {
  load(to, HEADER.network, IPV4_OFFSET[end], 4);
  compare(to, Buffer.from(DNS_ADDRESS.split('.').map(Number)));
  expression(to, 'meta', () => to.attr32be(2, META_L4PROTO).attr32be(1, REGISTER));
  compare(to, Buffer.from([transport.protocol]));
  load(to, HEADER.transport, PORT_OFFSET[end], 2);
  compare(to, portBytes(from));
  expression(to, 'immediate', () => {
    to.attr32be(1, REGISTER).nest(2, () => to.attr(1, portBytes(into)));
  });
  store(to, PORT_OFFSET[end], transport.checksum);
}

function load(to: NetlinkMessages, base: number, offset: number, length: number): void {
  expression(to, 'payload', () => {
    to.attr32be(1, REGISTER).attr32be(2, base).attr32be(3, offset).attr32be(4, length);
  });
}

/** Writes the register into the transport header, and corrects the checksum there. */
function store(to: NetlinkMessages, offset: number, checksum: number): void {
  expression(to, 'payload', () => {
    to.attr32be(5, REGISTER).attr32be(2, HEADER.transport).attr32be(3, offset).attr32be(4, 2);
    to.attr32be(6, 1).attr32be(7, checksum).attr32be(8, 0);
  });
}

function compare(to: NetlinkMessages, value: Buffer): void {
  expression(to, 'cmp', () => {
    to.attr32be(1, REGISTER).attr32be(2, 0);
    to.nest(3, () => to.attr(1, value));
  });
}

function expression(to: NetlinkMessages, name: string, fill: () => void): void {
  to.nest(LIST_ELEM, () => to.attrString(EXPR.NAME, name).nest(EXPR.DATA, fill));
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}
