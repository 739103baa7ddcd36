import { formatBinaryBytes } from '../../lib/bytes.ts';
import type { InfoAnswer } from '../../wire/system.ts';
import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { printBy } from '../format/inspect.ts';

export const command = defineCommand({
  summary: 'Display engine-wide information',
  usage: '[OPTIONS]',
  flags: { format: text('Format output using a custom template: json or TEMPLATE', 'f') },
  async run(context, flags) {
    const info = await context.client.system.info();
    if (flags.format === 'json') context.out.write(`${JSON.stringify(info)}\n`);
    else context.out.write(flags.format === undefined ? infoText(info) : printBy(flags.format, info));
    for (const warning of info.Warnings ?? []) context.err.write(`${warning}\n`);
  },
});

function infoText(info: InfoAnswer): string {
  const rows: (readonly [string, unknown])[] = [
    ['Containers', info.Containers],
    [' Running', info.ContainersRunning],
    [' Paused', info.ContainersPaused],
    [' Stopped', info.ContainersStopped],
    ['Images', info.Images],
    ['Server Version', info.ServerVersion],
    ['Storage Driver', info.Driver],
    ...(info.DriverStatus ?? []).map(([name, value]) => [` ${name}`, value] as const),
    ['Logging Driver', info.LoggingDriver],
    ['Cgroup Driver', info.CgroupDriver],
    ['Cgroup Version', info.CgroupVersion],
    ['Default Runtime', info.DefaultRuntime],
    ['Security Options', (info.SecurityOptions ?? []).join(' ')],
    ['Kernel Version', info.KernelVersion],
    ['Operating System', info.OperatingSystem],
    ['OSType', info.OSType],
    ['Architecture', info.Architecture],
    ['CPUs', info.NCPU],
    ['Total Memory', formatBinaryBytes(info.MemTotal)],
    ['Name', info.Name],
    ['ID', info.ID],
    ['Root Dir', info.DockerRootDir],
  ];
  return rows.map(([name, value]) => `${name}: ${String(value)}\n`).join('');
}
