import { ignoreGone } from '../../compose/stop.ts';
import { removeContainers, orphansOf } from '../../compose/orphans.ts';
import { allOf } from '../../compose/meanwhile.ts';
import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { reported } from '../../compose/progress.ts';
import { bool, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { workOf } from './work-of.ts';

export const command = defineComposeCommand({
  summary: 'Force stop service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
    signal: text('SIGNAL to send to the container (default "SIGKILL")', 's'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const project = await context.find(services);
    const work = workOf(context, project, progressPrinter(context));
    const observed = await observe(context.client, project.name);
    const running = containersOf(observed, services).filter(isUp);
    if (running.length === 0) context.err.write('no container to kill\n');
    await allOf(
      running.map((container) =>
        reported(work.report, 'Container', nameOf(container), 'Killing', 'Killed', () =>
          context.client.containers.kill(container.Id, flags.signal).catch(ignoreGone),
        ),
      ),
    );
    if (flags['remove-orphans']) await removeContainers(work, orphansOf(project, observed), {});
  },
});
