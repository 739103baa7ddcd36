import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { writeOutput } from '../write-output.ts';

export const command = defineCommand({
  summary: "Export a container's filesystem as a tar archive",
  usage: '[OPTIONS] CONTAINER',
  flags: { output: text('Write to a file, instead of STDOUT', 'o') },
  args: { min: 1, max: 1 },
  run: async (context, flags, [name = '']) =>
    writeOutput(context, 'export container', flags.output, () => context.client.containers.export(name)),
});
