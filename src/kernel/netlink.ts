import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { type NetlinkMessages, parseAttributes } from './netlink-message.ts';
import {
  AF,
  SO,
  SOCK,
  SOL_SOCKET,
  bindSocket,
  openSocket,
  receive,
  send,
  setReceiveTimeout,
  setSocketOption,
} from './socket.ts';

const PROTOCOL = { route: 0, netfilter: 12 } as const;
const NLMSG = { ERROR: 2, DONE: 3 } as const;
const ACK_FLAG = { CAPPED: 0x100, TLVS: 0x200 } as const;
const SOL_NETLINK = 270;
const NETLINK_EXT_ACK = 11;
const NLMSGERR_ATTR_MSG = 1;

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** A request that the kernel refused; `code` such as `EEXIST`, the kernel's own explanation in the message where it gives one. */
export class NetlinkError extends Error {
  readonly code: string;

  constructor(errno: number, explanation: string) {
    const code = errnoNames.get(errno) ?? `errno ${errno}`;
    super(explanation ? `netlink: ${code}: ${explanation}` : `netlink: ${code}`);
    this.name = 'NetlinkError';
    this.code = code;
  }
}

interface Reply {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** What the kernel may send at once. One for all sockets of a thread: each call has read its answers when it returns. */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/** A netlink socket in the namespace of the thread that opened it. Calls are synchronous; one thread uses it. */
export class NetlinkSocket {
  private readonly fd: number;

  constructor(protocol: keyof typeof PROTOCOL) {
    this.fd = openSocket(AF.NETLINK, SOCK.RAW, PROTOCOL[protocol]);
    setSocketOption(this.fd, SOL_SOCKET, SO.RCVBUFFORCE, 1 << 20);
    setSocketOption(this.fd, SOL_SOCKET, SO.SNDBUFFORCE, 4 << 20);
    setSocketOption(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    setReceiveTimeout(this.fd, 10);
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF.NETLINK);
    bindSocket(this.fd, address);
  }

  close(): void {
    closeSync(this.fd);
  }

  /**
   * Sends all messages and waits for the acknowledgement of the last one, or of the one that asks for it. Throws the first
   * error, when all have been answered, unless `tolerate` names its code. In a `batch` an error of the first message is the end.
   */
  talk(messages: NetlinkMessages, options: { tolerate?: readonly string[]; batch?: boolean } = {}): void {
    if (messages.acknowledged === 0) messages.acknowledge();
    send(this.fd, messages.bytes());
    const { first, acknowledged } = messages;
    let failure: NetlinkError | undefined;
    for (;;) {
      for (const reply of this.receive()) {
        const error = this.isOwn(messages, reply) ? errorOf(reply) : undefined;
        if (error && !options.tolerate?.includes(error.code)) failure ??= error;
        if (reply.sequence !== acknowledged && !(error && options.batch && reply.sequence === first))
          continue;
        if (failure) throw failure;
        return;
      }
    }
  }

  /** Sends a request that is answered by one message; its body without the netlink header. */
  ask(messages: NetlinkMessages): Buffer {
    send(this.fd, messages.bytes());
    for (;;) {
      for (const reply of this.receive()) {
        if (reply.sequence !== messages.first) continue;
        const error = errorOf(reply);
        if (error) throw error;
        if (reply.type !== NLMSG.ERROR) return Buffer.from(reply.body);
      }
    }
  }

  /** Sends a dump request; the bodies of all answers. */
  dump(messages: NetlinkMessages): Buffer[] {
    send(this.fd, messages.bytes());
    const found: Buffer[] = [];
    for (;;) {
      for (const reply of this.receive()) {
        if (reply.sequence !== messages.first) continue;
        const error = errorOf(reply);
        if (error) throw error;
        if (reply.type === NLMSG.DONE || reply.type === NLMSG.ERROR) return found;
        found.push(Buffer.from(reply.body));
      }
    }
  }

  /** Sequence numbers only grow: an answer that an earlier call did not wait for is not ours. */
  private isOwn(messages: NetlinkMessages, reply: Reply): boolean {
    return reply.sequence >= messages.first;
  }

  private receive(): Reply[] {
    const length = receive(this.fd, buffer);
    const replies: Reply[] = [];
    for (let at = 0; at + 16 <= length;) {
      const size = buffer.readUInt32LE(at);
      if (size < 16) break;
      replies.push({
        type: buffer.readUInt16LE(at + 4),
        flags: buffer.readUInt16LE(at + 6),
        sequence: buffer.readUInt32LE(at + 8),
        body: buffer.subarray(at + 16, at + size),
      });
      at += (size + 3) & ~3;
    }
    return replies;
  }
}

/** struct nlmsgerr, then (unless capped) the request, then attributes. Undefined for an acknowledgement. */
function errorOf({ type, body, flags }: Reply): NetlinkError | undefined {
  const errno = type === NLMSG.ERROR ? -body.readInt32LE(0) : 0;
  if (errno === 0) return undefined;
  if (!(flags & ACK_FLAG.TLVS)) return new NetlinkError(errno, '');
  const request = flags & ACK_FLAG.CAPPED ? 16 : body.readUInt32LE(4);
  const text = parseAttributes(body, 4 + ((request + 3) & ~3)).get(NLMSGERR_ATTR_MSG);
  return new NetlinkError(errno, text ? text.toString('utf8', 0, text.length - 1) : '');
}
