import { down } from '../../compose/down.ts';
import { ExitError } from '../exit-code.ts';
import { bool, given, int, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { parallelOf } from './parallel.ts';
import { progressPrinter } from './progress-printer.ts';
import { isTruthy } from '../../compose/is-truthy.ts';

export const command = defineComposeCommand({
  summary: 'Stop and remove containers, networks',
  usage: '[OPTIONS] [SERVICES]',
  flags: {
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
    rmi: text(
      'Remove images used by services. "local" remove only images that don\'t have a custom tag ("local"|"all")',
    ),
    timeout: int('Specify a shutdown timeout in seconds', 't'),
    volumes: {
      ...bool(
        'Remove named volumes declared in the "volumes" section of the Compose file and anonymous volumes attached to containers',
        'v',
      ),
      formerly: 'volume',
    },
  },
  args: { min: 0 },
  async run(context, flags, services) {
    if (flags.rmi !== undefined && flags.rmi !== 'all' && flags.rmi !== 'local')
      throw new ExitError(1, `invalid value for --rmi: ${JSON.stringify(flags.rmi)}`);
    const project = await context.find(services);
    await down(context.client, project, progressPrinter(context), {
      services,
      volumes: flags.volumes ?? false,
      removeOrphans: flags['remove-orphans'] ?? isTruthy(project.environment['COMPOSE_REMOVE_ORPHANS']),
      images: flags.rmi,
      timeout: flags.timeout,
      dryRun: context.globals['dry-run'] ?? false,
      ...given('parallel', parallelOf(context)),
    });
  },
});
