import { NetlinkMessages } from '../../kernel/netlink-message.ts';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { deleteLink, listLinks } from '../../kernel/rtnetlink.ts';

/** Removes those of the host's links that match. */
export function removeLinks(
  routes: NetlinkSocket,
  matches: (link: { name: string; index: number }) => boolean,
): void {
  for (const { index } of listLinks(routes).filter(matches)) removeLink(routes, index);
}

/** Does nothing when it is gone. */
export function removeLink(routes: NetlinkSocket, index: number): void {
  const messages = new NetlinkMessages();
  deleteLink(messages, index);
  routes.talk(messages, { tolerate: ['ENODEV'] });
}
