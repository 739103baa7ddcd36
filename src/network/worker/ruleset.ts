import type { KernelNames } from '../names.ts';

/** Raised when the rules change: an engine that finds another version rebuilds the table. */
const VERSION = 3;

/** An empty chain whose name tells which rules the table has. */
export const versionChain = `version-${VERSION}`;

/**
 * The engine's whole table, as text for `nft -f`. The rules never change: what changes with containers and networks are the
 * elements of maps and sets, one for each port or bridge.
 *
 * nat at -105 and forward at -5 come before the usual priorities, so that another table sees addresses that are translated.
 */
export function ruleset({ table, parentPeers }: KernelNames): string {
  return `
table inet ${table}
delete table inet ${table}
table inet ${table} {
  chain ${versionChain} { }

  # published ports: on one address of the host, or on all
  map pub4    { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map pub4any { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map pub6    { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
  map pub6any { type inet_proto . inet_service : ipv6_addr . inet_service; }

  set bridges  { type ifname; }
  set internal { type ifname; }
  # bridges whose traffic leaves with a certain address of the host, or with that of the way out
  map snat4    { type ifname : ipv4_addr; }
  map snat6    { type ifname : ipv6_addr; }
  set masq4    { type ifname; }
  set masq6    { type ifname; }
  # bridges whose containers are reached at all their ports, and those whose containers answer a ping, from outside
  set open4    { type ifname; }
  set open6    { type ifname; }
  set routed4  { type ifname; }
  set routed6  { type ifname; }
  # ports that are reached at the container's own address: from everywhere, or from one interface
  set direct4  { type ipv4_addr . inet_proto . inet_service; }
  set direct6  { type ipv6_addr . inet_proto . inet_service; }
  set trust4   { type ifname . ipv4_addr . inet_proto . inet_service; }
  set trust6   { type ifname . ipv6_addr . inet_proto . inet_service; }
  # bridge . subnet, for containers that reach themselves through a published port. Not by iifname: with br_netfilter
  # there is none in postrouting
  set hair4    { type ifname . ipv4_addr; flags interval; }
  set hair6    { type ifname . ipv6_addr; flags interval; }
  # bridge . bridge, where containers may talk to each other
  set icc      { type ifname . ifname; }

  chain publish {
    dnat ip to ip daddr . meta l4proto . th dport map @pub4
    dnat ip to meta l4proto . th dport map @pub4any
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @pub6
    dnat ip6 to meta l4proto . th dport map @pub6any
  }
  chain raw-pre {
    type filter hook prerouting priority raw; policy accept;
    # bridges have route_localnet, so that the host reaches containers from 127.0.0.1: never the other way (CVE-2020-8558)
    iifname @bridges ip daddr 127.0.0.0/8 drop
    # the far ends of networks that lead nowhere
    iifname "${parentPeers}" drop
  }
  chain nat-pre {
    type nat hook prerouting priority -105; policy accept;
    fib daddr type local meta l4proto { tcp, udp, sctp } jump publish
  }
  chain nat-out {
    type nat hook output priority -105; policy accept;
    # ::1 can't leave the loopback interface: the engine's proxy serves it
    ip6 daddr ::1 accept
    fib daddr type local meta l4proto { tcp, udp, sctp } jump publish
  }
  chain nat-post {
    type nat hook postrouting priority 95; policy accept;
    oifname @bridges ip saddr 127.0.0.0/8 masquerade
    ct status dnat oifname . ip saddr @hair4 masquerade
    ct status dnat oifname . ip6 saddr @hair6 masquerade
    meta nfproto ipv4 oifname != @bridges snat ip to iifname map @snat4
    meta nfproto ipv6 oifname != @bridges snat ip6 to iifname map @snat6
    meta nfproto ipv4 iifname @masq4 oifname != @bridges masquerade
    meta nfproto ipv6 iifname @masq6 oifname != @bridges masquerade
  }
  chain forward {
    type filter hook forward priority -5; policy accept;
    iifname != @bridges oifname != @bridges accept
    ct state established,related accept
    iifname . oifname @icc accept
    iifname @internal drop
    oifname @internal drop
    ct status dnat accept
    ip daddr . meta l4proto . th dport @direct4 accept
    ip6 daddr . meta l4proto . th dport @direct6 accept
    iifname . ip daddr . meta l4proto . th dport @trust4 accept
    iifname . ip6 daddr . meta l4proto . th dport @trust6 accept
    iifname @bridges oifname != @bridges accept
    meta nfproto ipv4 iifname != @bridges oifname @open4 accept
    meta nfproto ipv6 iifname != @bridges oifname @open6 accept
    meta l4proto icmp oifname @routed4 accept
    meta l4proto ipv6-icmp oifname @routed6 accept
    # from one bridge to another, and from outside to a port that is not published
    drop
  }
}
`;
}

/** How many rules such a text has. */
export function ruleCount(text: string): number {
  const lines = text
    .slice(text.lastIndexOf('delete table'))
    .split('\n')
    .map((line) => line.trim());
  const isRule = (line: string): boolean =>
    line !== '' && !/^(?:#|\}|type |chain |set |map |table |delete )/.test(line);
  return lines.filter(isRule).length;
}
