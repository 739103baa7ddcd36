import { label } from '../../compose/plan/labels.ts';
import { showStats, statsFlags } from '../container/stats.ts';
import { defineComposeCommand } from './globals.ts';
import { projectNameOf } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Display a live stream of container(s) resource usage statistics',
  usage: '[OPTIONS] [SERVICE]',
  flags: statsFlags,
  args: { min: 0, max: 1 },
  async run(context, flags, [service]) {
    const labels = [
      `${label.project}=${projectNameOf(context)}`,
      ...(service === undefined ? [] : [`${label.service}=${service}`]),
    ];
    const containers = await context.client.containers.list({
      all: flags.all ?? false,
      filters: { label: labels },
    });
    await showStats(
      context,
      flags,
      containers.map(({ Id }) => Id),
    );
  },
});
