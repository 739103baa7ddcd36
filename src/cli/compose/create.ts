import { up } from '../../compose/up.ts';
import { bool, text } from '../flags.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Creates containers for a service',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    build: bool('Build images before starting containers'),
    'force-recreate': bool("Recreate containers even if their configuration and image haven't changed"),
    'no-build': bool("Don't build an image, even if it's policy"),
    'no-recreate': bool(
      "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
    ),
    pull: text('Pull image before running ("always"|"missing"|"never"|"build")'),
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    await up(context.client, context.load(services), progressPrinter(context), {
      services,
      noStart: true,
      build: flags.build ?? false,
      noBuild: flags['no-build'] ?? false,
      forceRecreate: flags['force-recreate'] ?? false,
      noRecreate: flags['no-recreate'] ?? false,
      removeOrphans: flags['remove-orphans'] ?? false,
      pull: flags.pull,
      ...authOptions(context),
      onBuildLine: buildLinePrinter(context),
      signal: context.signal,
    });
  },
});
