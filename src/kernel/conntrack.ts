import { hasCode } from '../lib/errors.ts';
import { addressBytes } from '../lib/ip-address.ts';
import { NetlinkMessages, NLM_F, parseAttributes } from './netlink-message.ts';
import type { NetlinkSocket } from './netlink.ts';

const SUBSYSTEM = 1;
const MSG = { GET: 1, DELETE: 2 } as const;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, ZONE: 18, FILTER: 25 } as const;
const TUPLE = { IP: 1, PROTO: 2 } as const;
const IP = { V4_SRC: 1, V6_SRC: 3 } as const;
const PROTO = { NUMBER: 1, DST_PORT: 3 } as const;
const FILTER_REPLY_FLAGS = 2;
const FILTER_IP_SRC = 1;
const UDP = 17;
const AF = { INET: 2, INET6: 10 } as const;

/**
 * Forgets connections whose answers come from a container's address: else a UDP client that keeps its port goes on talking to
 * the address that a published port led to before.
 */
export function forgetRepliesFrom(socket: NetlinkSocket, ip: string): void {
  const bytes = addressBytes(ip);
  const messages = begin(MSG.DELETE, bytes.length);
  messages.nest(CTA.TUPLE_REPLY, () => {
    messages.nest(TUPLE.IP, () => messages.attr(bytes.length === 4 ? IP.V4_SRC : IP.V6_SRC, bytes));
  });
  messages.nest(CTA.FILTER, () => messages.attr32(FILTER_REPLY_FLAGS, FILTER_IP_SRC));
  try {
    socket.talk(messages, { tolerate: ['ENOENT'] });
  } catch (error) {
    // kernels without filtered flushes (before 5.10): look through the table
    if (!hasCode(error, 'EOPNOTSUPP', 'EINVAL')) throw error;
    forgetWhere(
      socket,
      bytes.length,
      (original, reply) => sourceOf(reply)?.equals(bytes) === true && isUdp(original),
    );
  }
}

/** Forgets UDP connections to a port that is being published: they were made before the rule, and would pass it by. */
export function forgetUdpTo(socket: NetlinkSocket, ports: ReadonlySet<number>, family: 4 | 6): void {
  forgetWhere(socket, family === 4 ? 4 : 16, (original) => isUdp(original) && ports.has(portOf(original)));
}

function forgetWhere(
  socket: NetlinkSocket,
  addressLength: number,
  matches: (original: Buffer, reply: Buffer) => boolean,
): void {
  const question = begin(MSG.GET, addressLength, NLM_F.DUMP);
  for (const answer of socket.dump(question)) {
    const attributes = parseAttributes(answer, 4);
    const original = attributes.get(CTA.TUPLE_ORIG);
    const reply = attributes.get(CTA.TUPLE_REPLY);
    if (!original || !reply || !matches(original, reply)) continue;
    const messages = begin(MSG.DELETE, addressLength).attr(CTA.TUPLE_ORIG | 0x8000, original);
    const zone = attributes.get(CTA.ZONE);
    if (zone) messages.attr(CTA.ZONE, zone);
    socket.talk(messages, { tolerate: ['ENOENT'] });
  }
}

/** struct nfgenmsg behind the header. */
function begin(message: number, addressLength: number, flags = 0): NetlinkMessages {
  const family = addressLength === 4 ? AF.INET : AF.INET6;
  return new NetlinkMessages().begin((SUBSYSTEM << 8) | message, flags).raw(family, 0, 0, 0);
}

function sourceOf(tuple: Buffer): Buffer | undefined {
  const ip = parseAttributes(parseAttributes(tuple).get(TUPLE.IP) ?? Buffer.alloc(0));
  return ip.get(IP.V4_SRC) ?? ip.get(IP.V6_SRC);
}

function protocolOf(tuple: Buffer): Map<number, Buffer> {
  return parseAttributes(parseAttributes(tuple).get(TUPLE.PROTO) ?? Buffer.alloc(0));
}

const isUdp = (tuple: Buffer): boolean => protocolOf(tuple).get(PROTO.NUMBER)?.[0] === UDP;
const portOf = (tuple: Buffer): number => protocolOf(tuple).get(PROTO.DST_PORT)?.readUInt16BE() ?? 0;
