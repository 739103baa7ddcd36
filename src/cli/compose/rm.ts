import { ignoreGone, stopContainers } from '../../compose/stop.ts';
import { allOf } from '../../compose/meanwhile.ts';
import { containersOf, isOneOff, isUp, nameOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import { step } from '../../compose/work.ts';
import { bool } from '../flags.ts';
import { agrees } from '../prompt.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { workOf } from './work-of.ts';

export const command = defineComposeCommand({
  summary: 'Removes stopped service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    all: { ...bool('Deprecated - no effect', 'a'), hidden: true },
    force: bool("Don't ask to confirm removal", 'f'),
    stop: bool('Stop the containers, if required, before removing', 's'),
    volumes: bool('Remove any anonymous volumes attached to containers', 'v'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const project = await context.find(services);
    const report = progressPrinter(context);
    const work = workOf(context, project, report);
    if (flags.stop) await stopContainers(context.client, project, report, { services });
    const observed = await observe(context.client, project.name);
    const oneOffs = observed.oneOffs.filter(
      (container) => services.length === 0 || services.includes(serviceOf(container)),
    );
    const wouldStop = flags.stop && work.dryRun; // nothing has stopped then
    const stopped = [...containersOf(observed, services), ...oneOffs].filter(
      (container) =>
        (!isUp(container) || wouldStop) && (!isOneOff(container) || container.State !== 'created'),
    );
    if (stopped.length === 0) {
      context.err.write('No stopped containers\n');
      return;
    }
    report.end();
    const names = stopped.map(nameOf).join(', ');
    if (flags.force) context.out.write(`Going to remove ${names}\n`);
    else if (!(await agrees(context, `? Going to remove ${names}`))) return;
    await allOf(
      stopped.map((container) =>
        step(work, 'Container', nameOf(container), ['Removing', 'Removed'], () =>
          context.client.containers
            .remove(container.Id, { force: true, volumes: flags.volumes ?? false })
            .catch(ignoreGone),
        ),
      ),
    );
  },
});
