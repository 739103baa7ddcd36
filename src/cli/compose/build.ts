import { buildService } from '../../compose/build.ts';
import { imageName } from '../../compose/plan/names.ts';
import { reported } from '../../compose/progress.ts';
import { chosenServices } from '../../compose/up.ts';
import { mapPool } from '../../lib/pool.ts';
import { bool, list } from '../flags.ts';
import { buildArgs } from '../key-values.ts';
import { allAuth } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Build or rebuild services',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'build-arg': list('Set build-time variables for services', undefined, 'stringArray'),
    'no-cache': bool('Do not use cache when building the image'),
    pull: bool('Always attempt to pull a newer version of the image'),
    push: { ...bool('Push service images'), hidden: true },
    quiet: bool('Suppress the build output', 'q'),
    'with-dependencies': bool('Also build dependencies (transitively)'),
  },
  args: { min: 0 },
  async run(context, flags, names) {
    const project = context.load(names);
    const services = chosenServices(project, { services: names, noDeps: !flags['with-dependencies'] }).filter(
      ({ build }) => build,
    );
    const report = progressPrinter(context);
    const args = buildArgs(flags['build-arg'], context.env);
    await mapPool(services, 4, (service, signal) =>
      reported(report, 'Image', imageName(project, service), 'Building', 'Built', () =>
        buildService(context.client, project, service, {
          noCache: flags['no-cache'] ?? false,
          pullBase: flags.pull ?? false,
          buildArgs: args,
          allAuth: () => allAuth(context),
          ...(!flags.quiet && { onBuildLine: buildLinePrinter(context) }),
          signal,
        }),
      ),
    );
  },
});
