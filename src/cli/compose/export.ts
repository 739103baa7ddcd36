import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameOf } from '../../compose/plan/observe.ts';
import { ExitError } from '../exit-code.ts';
import { int, text } from '../flags.ts';
import { writeOutput } from '../write-output.ts';
import { defineComposeCommand } from './globals.ts';
import { tellStep } from './step-line.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: "Export a service container's filesystem as a tar archive",
  usage: '[OPTIONS] SERVICE',
  flags: {
    index: int('index of the container if service has multiple replicas.'),
    output: text('Write to a file, instead of STDOUT', 'o'),
  },
  args: { min: 1 }, // more are ignored
  async run(context, flags, [service = '']) {
    const container = await serviceContainer(context, projectNameOf(context), service, {
      index: flags.index,
    });
    const { output } = flags;
    if (output !== undefined && !existsSync(dirname(output)))
      throw new ExitError(
        1,
        `failed to export container: invalid output path: directory ${JSON.stringify(dirname(output))} does not exist`,
      );
    if (!context.globals['dry-run'])
      return writeOutput(context, 'export container', output, () =>
        context.client.containers.export(container.Id),
      );
    const name = nameOf(container);
    for (const status of ['Exporting', 'Exported'])
      tellStep(context, name, 'export', `${name} to ${output ?? ''} ${status}`);
  },
});
