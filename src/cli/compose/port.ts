import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { int, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { runningContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Print the public port for a port binding',
  usage: '[OPTIONS] SERVICE PRIVATE_PORT',
  flags: {
    index: int('Index of the container if service has multiple replicas'),
    protocol: text('tcp or udp'),
  },
  args: { min: 2, max: 2 },
  async run(context, flags, [service = '', port = '']) {
    const { Id, Ports } = await runningContainer(
      context.client,
      context.load([service]).name,
      service,
      flags.index,
    );
    const protocol = flags.protocol ?? 'tcp';
    const found = Ports.find(
      ({ PrivatePort, PublicPort, Type }) =>
        PrivatePort === Number(port) && Type === protocol && PublicPort !== undefined,
    );
    if (!found) throw new ExitError(1, `no port ${port}/${protocol} for container ${Id.slice(0, 12)}`);
    print(context, `${found.IP?.includes(':') ? `[${found.IP}]` : found.IP}:${found.PublicPort}`);
  },
});
