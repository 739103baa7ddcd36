import { down } from '../../compose/down.ts';
import { containersOf, isUp, observe, serviceOf } from '../../compose/plan/observe.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { projectOrName } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Block until containers of all (or specified) services stop.',
  usage: 'SERVICE [SERVICE...] [OPTIONS]',
  flags: { 'down-project': bool('Drops project when the first container stops') },
  args: { min: 1, withUsage: true },
  async run(context, flags, services) {
    const { name } = projectOrName(context, []);
    const observed = await observe(context.client, name);
    const containers = [
      ...containersOf(observed, services),
      ...observed.oneOffs.filter((item) => services.includes(serviceOf(item))),
    ].filter(isUp);
    if (containers.length === 0) throw new ExitError(1, `no containers for project ${JSON.stringify(name)}`);
    const waits = containers.map(async ({ Id }) => {
      const { done } = await context.client.containers.wait(Id, 'not-running', context.signal);
      const { StatusCode } = await done;
      print(context, `container ${JSON.stringify(Id)} exited with status code ${StatusCode}`);
      return StatusCode;
    });
    if (!flags['down-project']) return (await Promise.all(waits)).at(-1) ?? 0;
    const status = await Promise.race(waits);
    for (const wait of waits) wait.catch(() => {}); // they go now
    await down(context.client, await context.find(), progressPrinter(context), { removeOrphans: true });
    return status;
  },
});
