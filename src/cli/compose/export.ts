import { nameOf } from '../../compose/plan/observe.ts';
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
  args: { min: 1, max: 1 },
  async run(context, flags, [service = '']) {
    const container = await serviceContainer(context, projectNameOf(context), service, {
      index: flags.index,
    });
    const name = nameOf(container);
    const tell = (status: string): void => {
      if (flags.output !== undefined)
        tellStep(context, name, 'export', `${name} to ${flags.output} ${status}`);
    };
    tell('Exporting');
    if (!context.globals['dry-run'])
      await writeOutput(context, 'export container', flags.output, () =>
        context.client.containers.export(container.Id),
      );
    tell('Exported');
  },
});
