import { problemAt } from '../load/compose-error.ts';
import { at, entriesOf, type MapTree } from '../load/tree.ts';
import { boolAt, defined, numberAt, textAt, textDictAt, textsAt } from './read.ts';
import type { Dependency, DependencyCondition, ServiceNetwork } from './types.ts';

const conditions: readonly string[] = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
  'service_listening',
];

/** What a service is in its networks. */
export function readNetworks(tree: MapTree): Map<string, ServiceNetwork> {
  return new Map(
    entriesOf(at(tree, 'networks')).map(([key, { keyPlace, value }]) => [
      key,
      defined<ServiceNetwork>({
        aliases: textsAt(value, 'aliases'),
        ipv4: textAt(value, 'ipv4_address'),
        ipv6: textAt(value, 'ipv6_address'),
        linkLocalIps: textsAt(value, 'link_local_ips'),
        interfaceName: textAt(value, 'interface_name'),
        driverOptions: textDictAt(value, 'driver_opts'),
        mac: textAt(value, 'mac_address'),
        priority: numberAt(value, 'priority') ?? 0,
        gatewayPriority: numberAt(value, 'gw_priority'),
        place: keyPlace,
      }),
    ]),
  );
}

/** What a service waits for. */
export function readDependencies(tree: MapTree): Map<string, Dependency> {
  return new Map(
    entriesOf(at(tree, 'depends_on')).map(([key, { keyPlace, value }]) => {
      const condition = textAt(value, 'condition') ?? 'service_started';
      if (!conditions.includes(condition))
        throw problemAt(
          at(value, 'condition')?.place ?? keyPlace,
          `condition must be one of ${conditions.join(', ')}`,
        );
      return [
        key,
        {
          condition: condition as DependencyCondition,
          restart: boolAt(value, 'restart') ?? false,
          required: boolAt(value, 'required') ?? true,
          place: keyPlace,
        },
      ];
    }),
  );
}
