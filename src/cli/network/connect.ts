import { keyValues } from '../key-values.ts';
import { defineCommand } from '../command.ts';
import { given, int, list, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Connect a container to a network',
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: {
    alias: list('Add network-scoped alias for the container', undefined, 'strings'),
    'driver-opt': list('Driver options for the network', undefined, 'strings'),
    'gw-priority': int(
      'Highest gw-priority provides the default gateway. Accepts positive and negative values.',
    ),
    ip: text('IPv4 address (e.g., "172.30.100.104")'),
    ip6: text('IPv6 address (e.g., "2001:db8::33")'),
    link: list('Add link to another container'),
    'link-local-ip': list('Add a link-local address for the container', undefined, 'strings'),
  },
  args: { min: 2, max: 2 },
  run: (context, flags, [network = '', container = '']) =>
    context.client.networks.connect(network, container, {
      IPAMConfig: {
        ...given('IPv4Address', flags.ip),
        ...given('IPv6Address', flags.ip6),
        ...(flags['link-local-ip'].length > 0 && { LinkLocalIPs: [...flags['link-local-ip']] }),
      },
      ...given('GwPriority', flags['gw-priority']),
      Aliases: [...flags.alias],
      Links: [...flags.link],
      DriverOpts: keyValues(flags['driver-opt']),
    }),
});
