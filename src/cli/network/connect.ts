import { keyValues } from '../container/key-values.ts';
import { defineCommand } from '../command.ts';
import { list, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Connect a container to a network',
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: {
    alias: list('Add network-scoped alias for the container', undefined, 'strings'),
    'driver-opt': list('Driver options for the network', undefined, 'strings'),
    ip: text('IPv4 address (e.g., "172.30.100.104")'),
    ip6: text('IPv6 address (e.g., "2001:db8::33")'),
    link: list('Add link to another container'),
  },
  args: { min: 2, max: 2 },
  run: (context, flags, [network = '', container = '']) =>
    context.client.networks.connect(network, container, {
      ...((flags.ip !== undefined || flags.ip6 !== undefined) && {
        IPAMConfig: {
          ...(flags.ip !== undefined && { IPv4Address: flags.ip }),
          ...(flags.ip6 !== undefined && { IPv6Address: flags.ip6 }),
        },
      }),
      Aliases: [...flags.alias],
      Links: [...flags.link],
      DriverOpts: keyValues(flags['driver-opt']),
    }),
});
