import { refused } from '../lib/errors.ts';
import type { NetworkDriver } from './types.ts';

/** What a network of the drivers `macvlan` and `ipvlan` says: its containers' links are on an interface of the host. */
export interface VlanOptions {
  readonly driver: 'macvlan' | 'ipvlan';
  /** Undefined = none: the network leads nowhere but to its own containers. */
  readonly parent: string | undefined;
  readonly mode: string;
  /** Of ipvlan: who talks to whom. */
  readonly flag: string;
}

const modes = {
  macvlan: ['bridge', 'private', 'vepa', 'passthru'],
  ipvlan: ['l2', 'l3', 'l3s'],
} as const;
const flags = ['bridge', 'private', 'vepa'];

/** Undefined for the other drivers. Throws in Docker's words. */
export function vlanOptions(
  driver: NetworkDriver,
  options: Readonly<Record<string, string>>,
): VlanOptions | undefined {
  if (driver !== 'macvlan' && driver !== 'ipvlan') return undefined;
  const parent = options['parent'] || undefined;
  const mode = oneOf(driver, 'mode', options[`${driver}_mode`], modes[driver]);
  const flag = driver === 'ipvlan' ? oneOf(driver, 'flag', options['ipvlan_flag'], flags) : '';
  if (parent === 'lo') throw refused(`loopback interface is not a valid ${driver} parent link`);
  return { driver, parent, mode, flag };
}

/** Whether the container reaches everything straight through the interface, without a gateway. */
export const isRoutedOnLink = ({ mode }: VlanOptions): boolean => mode === 'l3' || mode === 'l3s';

function oneOf(
  driver: string,
  what: 'mode' | 'flag',
  value: string | undefined,
  known: readonly string[],
): string {
  const usual = known[0] ?? '';
  if (!value) return usual;
  if (known.includes(value)) return value;
  const noun = what === 'mode' ? `'${usual}' mode` : `'${usual}'`;
  throw refused(
    `requested ${driver} ${what} '${value}' is not valid, ${noun} is the ${driver} driver default`,
  );
}

/** `eth0.50`: the tag 50 on `eth0`. Throws when a parent that is not there can't be made either, in Docker's words. */
export function parseVlanName(name: string): { parent: string; tag: number } {
  const [parent = '', tag = '', ...more] = name.split('.');
  if (!name.includes('.'))
    throw refused(`invalid subinterface vlan name ${name}, example formatting is eth0.10`);
  if (more.length > 0)
    throw refused(
      `required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received ${name}`,
    );
  if (!/^\d+$/.test(tag))
    throw refused(`unable to parse a valid vlan id from: ${tag} (ex. eth0.10 for vlan 10)`);
  if (Number(tag) < 1 || Number(tag) > 4094)
    throw refused(`vlan id must be between 1-4094, received: ${Number(tag)}`);
  return { parent, tag: Number(tag) };
}

interface User {
  readonly id: string;
  readonly bridge: string;
  readonly vlan: VlanOptions | undefined;
}

/** Throws when another network has the parent for itself. */
export function checkParent(vlan: VlanOptions, others: readonly User[]): void {
  const sharing = others.filter(
    (other) => other.vlan?.driver === vlan.driver && other.bridge === vlan.parent,
  );
  const [first] = sharing;
  if (!first || !vlan.parent) return;
  if (vlan.driver === 'ipvlan')
    throw refused(`network dm-${first.id.slice(0, 12)} is already using parent interface ${vlan.parent}`);
  const exclusive = sharing.find((other) => other.vlan?.mode === 'passthru');
  if (exclusive)
    throw refused(
      `macvlan network ${exclusive.id} is already using parent interface ${vlan.parent} in mode passthru`,
    );
  if (vlan.mode === 'passthru')
    throw refused(
      `cannot use mode passthru, macvlan network ${first.id} is already using parent interface ${vlan.parent}`,
    );
}
