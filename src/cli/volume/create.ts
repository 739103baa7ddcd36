import { keyValues } from '../key-values.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { list, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Create a volume',
  usage: '[OPTIONS] [VOLUME]',
  flags: {
    driver: text('Specify volume driver name (default "local")', 'd'),
    label: list('Set metadata for a volume'),
    name: { ...text('Specify volume name'), hidden: true },
    opt: list('Set driver specific options', 'o', 'map'),
  },
  args: { min: 0, max: 1 },
  async run(context, flags, [name]) {
    const { Name } = await context.client.volumes.create({
      Name: name ?? flags.name ?? '',
      Driver: flags.driver ?? 'local',
      DriverOpts: keyValues(flags.opt),
      Labels: keyValues(flags.label),
    });
    print(context, Name);
  },
});
