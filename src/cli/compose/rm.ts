import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { stopContainers } from '../../compose/stop.ts';
import { confirm } from '../confirm.ts';
import { bool } from '../flags.ts';
import { forEachContainer } from './for-each-container.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Removes stopped service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    force: bool("Don't ask to confirm removal", 'f'),
    stop: bool('Stop the containers, if required, before removing', 's'),
    volumes: bool('Remove any anonymous volumes attached to containers', 'v'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    if (flags.stop)
      await stopContainers(context.client, context.load(services), progressPrinter(context), { services });
    const observed = await observe(context.client, context.load(services).name);
    const stopped = containersOf(observed, services).filter((container) => !isUp(container));
    if (stopped.length === 0) {
      context.err.write('No stopped containers\n');
      return 0;
    }
    if (!flags.force) await confirm(context, `Going to remove ${stopped.map(nameOf).join(', ')}`);
    return forEachContainer(context, services, {
      applies: (container) => !isUp(container),
      doing: 'Removing',
      done: 'Removed',
      run: ({ Id }) => context.client.containers.remove(Id, { volumes: flags.volumes ?? false }),
    });
  },
});
