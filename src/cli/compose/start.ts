import { containersOf, nameOf, observe } from '../../compose/plan/observe.ts';
import { startContainers } from '../../compose/start.ts';
import { chosenServices } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Start services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  async run(context, _flags, services) {
    const project = context.load(services);
    const observed = await observe(context.client, project.name);
    const chosen = chosenServices(project, { services });
    const missing = chosen.find(({ name }) => !observed.byService.has(name));
    if (missing) throw new ExitError(1, `service ${JSON.stringify(missing.name)} has no container to start`);
    const all = containersOf(observed, []);
    const containers = new Map(
      [...observed.byService].map(([name, items]) => [name, items.map(({ Id }) => Id)]),
    );
    const names = new Map(all.map((container) => [container.Id, nameOf(container)]));
    await startContainers(context.client, chosen, containers, progressPrinter(context), {
      names,
      signal: context.signal,
    });
  },
});
