import { pullImage } from '../../compose/images.ts';
import { chosenServices } from '../../compose/up.ts';
import { imageName } from '../../compose/plan/names.ts';
import { mapPool } from '../../lib/pool.ts';
import { bool, text } from '../flags.ts';
import { authOptions } from '../registry-auth.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Pull service images',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'ignore-buildable': bool('Ignore images that can be built'),
    'ignore-pull-failures': bool('Pull what it can and ignores images with pull failures'),
    'include-deps': bool('Also pull services declared as dependencies'),
    policy: text('Apply pull policy ("missing"|"always")'),
    quiet: bool('Pull without printing progress information', 'q'),
  },
  args: { min: 0 },
  async run(context, flags, names) {
    const project = context.load(names);
    const services = chosenServices(project, { services: names, noDeps: !flags['include-deps'] }).filter(
      ({ image, build }) => image !== undefined && !(build && flags['ignore-buildable']),
    );
    const report = progressPrinter(context);
    await mapPool(services, 4, (service, signal) =>
      pullImage(context.client, imageName(project, service), service, report, {
        ...authOptions(context),
        signal,
      }).catch((error: unknown) => {
        if (!flags['ignore-pull-failures']) throw error;
      }),
    );
  },
});
