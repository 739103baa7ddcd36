import { nameOf } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { int, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Print the public port for a port binding',
  usage: '[OPTIONS] SERVICE PRIVATE_PORT',
  flags: {
    index: int('Index of the container if service has multiple replicas'),
    protocol: text('tcp or udp (default "tcp")'),
  },
  args: { min: 2 },
  async run(context, flags, [service = '', port = '']) {
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw new ExitError(1, `invalid port ${JSON.stringify(port)}: want a number up to 65535`);
    const container = await serviceContainer(context, projectNameOf(context), service, {
      index: flags.index,
      oneOffs: true,
    });
    const protocol = (flags.protocol ?? 'tcp').toLowerCase();
    const found = container.Ports.find(
      ({ PrivatePort, PublicPort, Type }) =>
        PrivatePort === Number(port) && Type === protocol && PublicPort !== undefined,
    );
    if (!found) throw notPublished(container, `${port}/${protocol}`);
    print(context, `${found.IP?.includes(':') ? `[${found.IP}]` : found.IP}:${found.PublicPort}`);
  },
});

function notPublished(container: ContainerSummary, wanted: string): ExitError {
  const ports = container.Ports.map(
    ({ PrivatePort, PublicPort, Type }) => `${PublicPort ?? PrivatePort}/${Type}`,
  );
  return new ExitError(1, `no port ${wanted} for container ${nameOf(container)}: ${ports.join(', ')}`);
}
