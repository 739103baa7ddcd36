import { randomInt } from 'node:crypto';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { hasCode } from '../../lib/errors.ts';
import type { KernelNames } from '../names.ts';
import { makeVeth } from './links.ts';
import { Namespace } from './namespace.ts';

/** The link that every new namespace has; its host's end is not on a bridge yet. */
export const FIRST_LINK = 'eth0';

/** Pause after a failure: the next request that needs a namespace tells its caller what is wrong. */
const RETRY_PAUSE = 5000;

/** Pause between two refills, so that a container that starts meanwhile does not wait for the kernel's lock. */
const REFILL_PAUSE = 25;

/** The same while there are enough: making one takes 6 ms of the processor, which the container just started needs itself. */
const UNHURRIED_PAUSE = 400;
const ENOUGH = 8;

/** Namespaces made ahead of their containers, one at a time while nothing else happens. */
export class NamespacePool {
  private readonly ready: Namespace[] = [];
  private readonly host: NetlinkSocket;
  private readonly names: KernelNames;
  private readonly size: number;
  private timer: NodeJS.Timeout | undefined;
  private number = randomInt(36 ** 5);

  constructor(host: NetlinkSocket, names: KernelNames, size: number) {
    this.host = host;
    this.names = names;
    this.size = size;
  }

  take(): Namespace {
    const ready = this.ready.pop() ?? this.make();
    this.refill();
    return ready;
  }

  /** Starts the pause anew: called after each request. */
  refill(pause = this.ready.length < ENOUGH ? REFILL_PAUSE : UNHURRIED_PAUSE): void {
    clearTimeout(this.timer);
    if (this.ready.length >= this.size) return;
    this.timer = setTimeout(() => this.refillOne(), pause);
  }

  /** Indexes of the links that wait. */
  links(): number[] {
    return this.ready.flatMap((namespace) => namespace.linkIndexes());
  }

  close(): void {
    clearTimeout(this.timer);
    for (const namespace of this.ready.splice(0)) namespace.close();
  }

  /** Gives a namespace one more link, of a name that is free on the host. Throws when it has one of this name. */
  link(namespace: Namespace, inside: string): void {
    for (;;) {
      this.number = (this.number + 1) % 36 ** 5;
      const veth = this.names.veth(this.number);
      try {
        namespace.links.set(inside, makeVeth(this.host, namespace, veth, inside));
        return;
      } catch (error) {
        if (!hasCode(error, 'EEXIST') || namespace.hasLink(inside)) throw error;
      }
    }
  }

  private refillOne(): void {
    try {
      this.ready.push(this.make());
      this.refill();
    } catch {
      this.refill(RETRY_PAUSE);
    }
  }

  private make(): Namespace {
    const namespace = Namespace.make({ dns: true });
    try {
      this.link(namespace, FIRST_LINK);
      return namespace;
    } catch (error) {
      namespace.close();
      throw error;
    }
  }
}
