import { addressBytes, formatAddress } from '../../lib/ip-address.ts';
import type { Endpoint } from '../types.ts';
import { encodeAnswer, encodeName, isInternet, type Query, TYPE } from './message.ts';

/** What one container sees of the names around it. */
export interface View {
  /** Endpoints with this name; undefined when the name is not ours. */
  find(name: string): readonly Endpoint[] | undefined;
  /** The name that an address of one of its networks has. */
  nameOf(ip: string): string | undefined;
  /** Servers for all other names, in order; empty = nobody is asked. */
  servers(): readonly string[];
}

/** Docker's. */
const TTL = 600;

/** The answer from the names of the container's own networks; undefined when others must be asked. */
export function resolve(query: Query, view: View): Buffer | undefined {
  if (!isInternet(query)) return undefined;
  if (query.type === TYPE.PTR) return resolveAddress(query, view);
  const endpoints = view.find(query.name);
  if (!endpoints) return undefined;
  return encodeAnswer(query, rotate(endpoints.flatMap((endpoint) => addressOf(endpoint, query.type))), TTL);
}

function resolveAddress(query: Query, view: View): Buffer | undefined {
  const ip = reverseAddress(query.name);
  const name = ip && view.nameOf(ip);
  return name ? encodeAnswer(query, [encodeName(name)], TTL) : undefined;
}

/** A known name has no records of other types, and none of a family that its network does not use. */
function addressOf(endpoint: Endpoint, type: number): Buffer[] {
  if (type === TYPE.A && endpoint.ipv4) return [addressBytes(endpoint.ipv4)];
  if (type === TYPE.AAAA && endpoint.ipv6) return [addressBytes(endpoint.ipv6)];
  return [];
}

let turn = 0;

/** Each answer starts at the next one, so that replicas share the load. */
function rotate<T>(items: readonly T[]): T[] {
  if (items.length < 2) return [...items];
  turn = (turn + 1) % items.length;
  return [...items.slice(turn), ...items.slice(0, turn)];
}

/** `2.0.18.172.in-addr.arpa` → `172.18.0.2` */
function reverseAddress(name: string): string | undefined {
  const [, v4] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/i.exec(name) ?? [];
  if (v4) return v4.split('.').slice(0, 4).toReversed().join('.');
  const [, v6] = /^((?:[0-9a-f]\.){32})ip6\.arpa$/i.exec(name) ?? [];
  if (!v6) return undefined;
  const digits = v6.replaceAll('.', '').split('').toReversed().join('');
  return formatAddress({ family: 6, value: BigInt(`0x${digits}`) });
}
