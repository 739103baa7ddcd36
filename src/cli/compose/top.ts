import {
  containersOf,
  isOneOff,
  isUp,
  nameOf,
  numberOf,
  observe,
  serviceOf,
} from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { align } from '../format/align.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { projectNameOf } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Display the running processes',
  usage: '[SERVICES...]',
  flags: {},
  args: { min: 0 },
  async run(context, _flags, services) {
    const observed = await observe(context.client, projectNameOf(context));
    const containers = [
      ...containersOf(observed, services),
      ...observed.oneOffs.filter((item) => services.length === 0 || services.includes(serviceOf(item))),
    ]
      .filter(isUp)
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const tops = await Promise.all(containers.map((container) => topOf(context, container)));
    const titles = tops[0]?.titles;
    if (titles)
      context.out.write(align([['SERVICE', '#', ...titles], ...tops.flatMap(({ rows }) => rows)], 4, 2));
  },
});

async function topOf({ client }: ComposeContext, container: ContainerSummary) {
  const { Titles, Processes } = await client.containers.top(container.Id);
  const head = [serviceOf(container), isOneOff(container) ? '' : String(numberOf(container))];
  return { titles: Titles, rows: (Processes ?? []).map((row) => [...head, ...row]) };
}
