import { addressBytes, bytesOf, cidrOf, lastOf, parseAddress } from '../../lib/ip-address.ts';
import type { SetElement } from '../../kernel/nftables.ts';
import type { AddressPlan, BridgePlan, PortRule, TableState } from './protocol.ts';

const protocolNumber = { tcp: 6, udp: 17, sctp: 132 } as const;

/** The sets and maps of the table (`ruleset.ts`). */
export const setNames = [
  'pub4',
  'pub4any',
  'pub6',
  'pub6any',
  'bridges',
  'internal',
  'snat4',
  'snat6',
  'masq4',
  'masq6',
  'open4',
  'open6',
  'routed4',
  'routed6',
  'direct4',
  'direct6',
  'trust4',
  'trust6',
  'hair4',
  'hair6',
  'icc',
] as const;

export type SetName = (typeof setNames)[number];
export type Elements = Map<SetName, SetElement[]>;

export function portElements(ports: readonly PortRule[]): Elements {
  const elements: Elements = new Map();
  for (const port of ports) put(elements, mapOf(port), portElement(port));
  return elements;
}

export function bridgeElements(bridges: readonly BridgePlan[], elements: Elements = new Map()): Elements {
  for (const bridge of bridges) {
    const key = interfaceName(bridge.name);
    put(elements, 'bridges', { key });
    if (bridge.ipv4) put(elements, 'hair4', hairpin(key, bridge.ipv4));
    if (bridge.ipv6) put(elements, 'hair6', hairpin(key, bridge.ipv6));
    if (bridge.internal) put(elements, 'internal', { key });
    else putOutward(elements, bridge, key);
    if (bridge.icc) put(elements, 'icc', { key: Buffer.concat([key, key]) });
  }
  return elements;
}

function putOutward(elements: Elements, bridge: BridgePlan, key: Buffer): void {
  const { masquerade4, masquerade6, source4, source6 } = bridge;
  for (const set of outwardSets(bridge)) put(elements, set, { key });
  if (masquerade4 && source4 !== '') put(elements, 'snat4', { key, data: addressBytes(source4) });
  if (masquerade6 && source6 !== '') put(elements, 'snat6', { key, data: addressBytes(source6) });
}

/** By how the containers of a bridge meet the world. */
function outwardSets({ masquerade4, masquerade6, mode4, mode6 }: BridgePlan): SetName[] {
  return [
    ...(masquerade4 ? ['masq4' as const] : []),
    ...(masquerade6 ? ['masq6' as const] : []),
    ...(mode4 === 'nat-unprotected' ? ['open4' as const] : []),
    ...(mode6 === 'nat-unprotected' ? ['open6' as const] : []),
    ...(mode4 === 'routed' ? ['routed4' as const] : []),
    ...(mode6 === 'routed' ? ['routed6' as const] : []),
  ];
}

export function allElements(state: TableState): Elements {
  return bridgeElements(state.bridges, portElements(state.ports));
}

function put(elements: Elements, set: SetName, element: SetElement): void {
  const list = elements.get(set);
  if (list) list.push(element);
  else elements.set(set, [element]);
}

function mapOf({ address, hostIp, from }: PortRule): SetName {
  const family = address.includes(':') ? '6' : '4';
  if (from !== undefined) return from === '' ? `direct${family}` : `trust${family}`;
  return hostIp === '' ? `pub${family}any` : `pub${family}`;
}

/** [host address .] protocol . host port : address . port; each field takes a multiple of four bytes. */
function portElement(port: PortRule): SetElement {
  if (port.from !== undefined) return directElement(port, port.from);
  const host = port.hostIp === '' ? Buffer.alloc(0) : addressBytes(port.hostIp);
  const service = Buffer.alloc(8);
  service.writeUInt8(protocolNumber[port.protocol], 0);
  service.writeUInt16BE(port.hostPort, 4);
  const target = Buffer.alloc(4);
  target.writeUInt16BE(port.port);
  return {
    key: Buffer.concat([host, service]),
    data: Buffer.concat([addressBytes(port.address), target]),
  };
}

/** [interface .] address . protocol . port */
function directElement({ address, protocol, port }: PortRule, from: string): SetElement {
  const service = Buffer.alloc(8);
  service.writeUInt8(protocolNumber[protocol], 0);
  service.writeUInt16BE(port, 4);
  const name = from === '' ? Buffer.alloc(0) : interfaceName(from);
  return { key: Buffer.concat([name, addressBytes(address), service]) };
}

function hairpin(name: Buffer, { ip, prefix }: AddressPlan): SetElement {
  const address = parseAddress(ip);
  if (!address) throw new TypeError(`Not an IP address: ${ip}`);
  const block = cidrOf(address, prefix);
  const { family } = block;
  return {
    key: Buffer.concat([name, bytesOf({ family, value: block.base })]),
    keyEnd: Buffer.concat([name, bytesOf({ family, value: lastOf(block) })]),
  };
}

/** An interface name as nf_tables compares it: IFNAMSIZ bytes. */
function interfaceName(name: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.write(name, 'latin1');
  return bytes;
}
