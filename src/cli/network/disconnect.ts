import { defineCommand } from '../command.ts';
import { bool } from '../flags.ts';

export const command = defineCommand({
  summary: 'Disconnect a container from a network',
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: { force: bool('Force the container to disconnect from a network', 'f') },
  args: { min: 2, max: 2 },
  run: (context, flags, [network = '', container = '']) =>
    context.client.networks.disconnect(network, container, flags.force ?? false),
});
