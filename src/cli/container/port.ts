import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';

export const command = defineCommand({
  summary: 'List port mappings or a specific mapping for the container',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  flags: {},
  args: { min: 1, max: 2 },
  async run(context, _flags, [name = '', port]) {
    const { NetworkSettings } = await context.client.containers.inspect(name);
    const wanted = port === undefined || port.includes('/') ? port : `${port}/tcp`;
    if (wanted !== undefined && !NetworkSettings.Ports[wanted]?.length) {
      throw new ExitError(1, `Error: No public port '${port}' published for ${name}`);
    }
    for (const [key, bindings] of Object.entries(NetworkSettings.Ports).toSorted(([a], [b]) =>
      a.localeCompare(b, 'en', { numeric: true }),
    )) {
      if (wanted !== undefined && key !== wanted) continue;
      for (const { HostIp = '', HostPort = '' } of bindings ?? []) {
        const address = `${HostIp.includes(':') ? `[${HostIp}]` : HostIp}:${HostPort}`;
        print(context, wanted === undefined ? `${key} -> ${address}` : address);
      }
    }
  },
});
