import type { CreateNetworkBody } from '../../wire/network.ts';
import { keyValues } from '../key-values.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, given, list, text, type Values } from '../flags.ts';
import { addressPools } from './address-pools.ts';

const flags = {
  attachable: bool('Enable manual container attachment'),
  'aux-address': list('Auxiliary IPv4 or IPv6 addresses used by Network driver', undefined, 'map'),
  'config-from': text('The network from which to copy the configuration'),
  'config-only': bool('Create a configuration only network'),
  driver: text('Driver to manage the Network (default "bridge")', 'd'),
  gateway: list('IPv4 or IPv6 Gateway for the master subnet', undefined, 'strings'),
  ingress: bool('Create swarm routing-mesh network'),
  internal: bool('Restrict external access to the network'),
  'ip-range': list('Allocate container ip from a sub-range', undefined, 'strings'),
  'ipam-driver': text('IP Address Management Driver (default "default")'),
  'ipam-opt': list('Set IPAM driver specific options', undefined, 'map'),
  ipv4: bool('Enable or disable IPv4 address assignment (default true)'),
  ipv6: bool('Enable or disable IPv6 address assignment'),
  label: list('Set metadata on a network'),
  opt: list('Set driver specific options', 'o', 'map'),
  scope: text("Control the network's scope"),
  subnet: list('Subnet in CIDR format that represents a network segment', undefined, 'strings'),
} as const;

export const command = defineCommand({
  summary: 'Create a network',
  usage: '[OPTIONS] NETWORK',
  flags,
  args: { min: 1, max: 1 },
  async run(context, values, [name = '']) {
    const { Id, Warning } = await context.client.networks.create(bodyOf(name, values));
    if (Warning !== '') context.err.write(`WARNING: ${Warning}\n`);
    print(context, Id);
  },
});

function bodyOf(name: string, values: Values<typeof flags>): CreateNetworkBody {
  return {
    Name: name,
    Driver: values.driver ?? 'bridge',
    Internal: values.internal ?? false,
    Attachable: values.attachable ?? false,
    Ingress: values.ingress ?? false,
    ConfigOnly: values['config-only'] ?? false,
    ...given('Scope', values.scope),
    ...(values['config-from'] !== undefined && { ConfigFrom: { Network: values['config-from'] } }),
    ...given('EnableIPv4', values.ipv4),
    ...given('EnableIPv6', values.ipv6),
    IPAM: {
      Driver: values['ipam-driver'] ?? 'default',
      Options: keyValues(values['ipam-opt']),
      Config: addressPools({
        subnets: values.subnet.flatMap(commaSplit),
        ranges: values['ip-range'].flatMap(commaSplit),
        gateways: values.gateway.flatMap(commaSplit),
        reserved: keyValues(values['aux-address']),
      }),
    },
    Options: keyValues(values.opt),
    Labels: keyValues(values.label),
  };
}

const commaSplit = (value: string): string[] => value.split(',');
