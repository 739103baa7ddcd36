import { command as containerAttach } from '../container/attach.ts';
import { bool, int, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: "Attach local standard input, output, and error streams to a service's running container",
  usage: '[OPTIONS] SERVICE',
  flags: {
    'detach-keys': text('Override the key sequence for detaching from a container.'),
    index: int('index of the container if service has multiple replicas.'),
    'no-stdin': bool('Do not attach STDIN'),
    'sig-proxy': bool('Proxy all received signals to the process (default true)'),
  },
  args: { min: 1 },
  async run(context, { index, ...flags }, [service = '']) {
    const { Id } = await serviceContainer(context, projectNameOf(context), service, { index, oneOffs: true });
    return containerAttach.run(context, flags, [Id]);
  },
});
