import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { cutOff } from './links.ts';
import type { Namespace } from './namespace.ts';
import { removeLink } from './remove-links.ts';

/** How long after its release a namespace may still have a process, before its link is taken away by force. */
const LINGER = 2000;

/**
 * Links of released namespaces. The kernel removes a namespace behind our back when its last process has ended. One that lives on is
 * cut off, as others may get its address; links that stay longer are taken away.
 */
export class LeavingLinks {
  private readonly routes: NetlinkSocket;
  private readonly indexes = new Set<number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(routes: NetlinkSocket) {
    this.routes = routes;
  }

  /** Lets go of a namespace. */
  leave(namespace: Namespace): void {
    const links = [...namespace.links.values()];
    for (const link of links) this.indexes.add(link);
    try {
      cutOff(this.routes, links);
      for (const name of namespace.vlanLinks) namespace.removeLink(name);
    } finally {
      namespace.close();
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.removeAll(), LINGER);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private removeAll(): void {
    const links = [...this.indexes];
    this.indexes.clear();
    try {
      for (const index of links) removeLink(this.routes, index);
    } catch {
      // not worth the thread: a link that nobody has is found again when the engine starts next
    }
  }
}
