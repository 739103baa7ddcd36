import { down } from '../../compose/down.ts';
import { bool, int, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Stop and remove containers, networks',
  usage: '[OPTIONS] [SERVICES]',
  flags: {
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
    rmi: text(
      'Remove images used by services. "local" remove only images that don\'t have a custom tag ("local"|"all")',
    ),
    timeout: int('Specify a shutdown timeout in seconds', 't'),
    volumes: bool(
      'Remove named volumes declared in the "volumes" section of the Compose file and anonymous volumes attached to containers',
      'v',
    ),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    await down(context.client, context.load(services), progressPrinter(context), {
      services,
      volumes: flags.volumes ?? false,
      removeOrphans: flags['remove-orphans'] ?? false,
      images: flags.rmi,
      timeout: flags.timeout,
    });
  },
});
