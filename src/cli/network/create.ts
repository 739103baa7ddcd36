import { keyValues } from '../container/key-values.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, list, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Create a network',
  usage: '[OPTIONS] NETWORK',
  flags: {
    attachable: bool('Enable manual container attachment'),
    'aux-address': list('Auxiliary IPv4 or IPv6 addresses used by Network driver', undefined, 'map'),
    driver: text('Driver to manage the Network (default "bridge")', 'd'),
    gateway: list('IPv4 or IPv6 Gateway for the master subnet', undefined, 'strings'),
    internal: bool('Restrict external access to the network'),
    'ip-range': list('Allocate container ip from a sub-range', undefined, 'strings'),
    'ipam-driver': text('IP Address Management Driver (default "default")'),
    'ipam-opt': list('Set IPAM driver specific options', undefined, 'map'),
    ipv4: bool('Enable or disable IPv4 address assignment (default true)'),
    ipv6: bool('Enable or disable IPv6 address assignment'),
    label: list('Set metadata on a network'),
    opt: list('Set driver specific options', 'o', 'map'),
    subnet: list('Subnet in CIDR format that represents a network segment', undefined, 'strings'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    if (flags.gateway.length > flags.subnet.length || flags['ip-range'].length > flags.subnet.length) {
      throw new ExitError(1, 'every --gateway and --ip-range needs its --subnet');
    }
    const { Id } = await context.client.networks.create({
      Name: name,
      Driver: flags.driver ?? 'bridge',
      Internal: flags.internal ?? false,
      Attachable: flags.attachable ?? false,
      ...(flags.ipv4 !== undefined && { EnableIPv4: flags.ipv4 }),
      ...(flags.ipv6 !== undefined && { EnableIPv6: flags.ipv6 }),
      IPAM: {
        Driver: flags['ipam-driver'] ?? 'default',
        Options: keyValues(flags['ipam-opt']),
        Config: flags.subnet.map((Subnet, index) => ({
          Subnet,
          ...(flags.gateway[index] !== undefined && { Gateway: flags.gateway[index] }),
          ...(flags['ip-range'][index] !== undefined && { IPRange: flags['ip-range'][index] }),
          ...(index === 0 &&
            flags['aux-address'].length > 0 && { AuxiliaryAddresses: keyValues(flags['aux-address']) }),
        })),
      },
      Options: keyValues(flags.opt),
      Labels: keyValues(flags.label),
    });
    print(context, Id);
  },
});
