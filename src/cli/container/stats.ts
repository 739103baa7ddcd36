import type { ContainerStats } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { bool, text, type Values } from '../flags.ts';
import { formatList } from '../format/table.ts';
import { statsColumns, wholeStatsColumns } from './stats-row.ts';

const shown = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'];

export const statsFlags = {
  all: bool('Show all containers (default shows just running)', 'a'),
  format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
  'no-stream': bool('Disable streaming stats and only pull the first result'),
  'no-trunc': bool('Do not truncate output'),
} as const;

export const command = defineCommand({
  summary: 'Display a live stream of container(s) resource usage statistics',
  usage: '[OPTIONS] [CONTAINER...]',
  flags: statsFlags,
  args: { min: 0 },
  async run(context, flags, names) {
    const targets =
      names.length > 0
        ? names
        : (await context.client.containers.list({ all: flags.all ?? false })).map(({ Id }) => Id);
    await showStats(context, flags, targets);
  },
});

/** Shows the statistics of these containers, once or until the user ends it. */
export async function showStats(
  context: Context,
  flags: Values<typeof statsFlags>,
  targets: readonly string[],
): Promise<void> {
  const columns = flags['no-trunc'] ? wholeStatsColumns : statsColumns;
  if (!flags['no-stream']) return live(context, targets, columns, flags.format);
  const items = await Promise.all(targets.map((name) => once(context, name)));
  context.out.write(await formatList({ items, columns, shown, format: flags.format }));
}

async function once(context: Context, name: string): Promise<ContainerStats> {
  for await (const stats of await context.client.containers.stats(name, { stream: false })) return stats;
  throw new Error(`no statistics of ${name}`);
}

/** One screen a second until the user ends it or all containers are gone. */
async function live(
  context: Context,
  targets: readonly string[],
  columns: typeof statsColumns,
  format: string | undefined,
): Promise<void> {
  const latest = new Map<string, ContainerStats>();
  const draw = async (): Promise<void> => {
    const screen = await formatList({ items: [...latest.values()], columns, shown, format });
    context.out.write((context.out.isTTY ? '\u001b[H\u001b[2J' : '') + screen);
  };
  await formatList({ items: [], columns, shown, format }); // a wrong format is told at once
  const timer = setInterval(() => void draw(), 1000);
  try {
    await Promise.all(
      targets.map(async (name) => {
        for await (const stats of await context.client.containers.stats(name, {
          stream: true,
          signal: context.signal,
        }))
          latest.set(name, stats);
      }),
    );
  } finally {
    clearInterval(timer);
  }
}
