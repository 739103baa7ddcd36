import { up } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { type UpFlags, upFlags } from './up-flags.ts';
import { upOptions } from './up-options.ts';

export const command = defineComposeCommand({
  summary: 'Create and start containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: upFlags,
  args: { min: 0 },
  async run(context, flags, services) {
    checkFlags(flags);
    const project = context.load(services);
    if (context.copies.size > 0)
      await (await import('./confirm-remote.ts')).confirmRemote(context, project, flags.yes ?? false);
    const options = { ...(await upOptions(context, project, flags)), services };
    const isDetached = flags.detach || flags.wait || flags['no-start'] || context.globals['dry-run'];
    if (!isDetached) {
      const { foreground } = await import('./foreground.ts');
      return foreground(context, project, options, flags, services);
    }
    const report = progressPrinter(context);
    await up(context.client, project, report, { ...options, noStart: flags['no-start'] ?? false });
    report.end();
    return 0;
  },
});

/** Flags that don't go together. */
function checkFlags(flags: UpFlags): void {
  const isCascading =
    flags['abort-on-container-exit'] ||
    (flags['exit-code-from'] !== undefined && !flags['abort-on-container-failure']);
  const isAttaching = flags['attach-dependencies'] || flags.attach.length > 0 || isCascading;
  const problems: readonly (readonly [boolean | undefined, string])[] = [
    [
      isCascading && flags['abort-on-container-failure'],
      '--abort-on-container-failure cannot be combined with --abort-on-container-exit',
    ],
    [
      flags.wait && isAttaching,
      '--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies',
    ],
    [flags.build && flags['no-build'], '--build and --no-build are incompatible'],
    [
      (flags.detach || flags.wait) && (isAttaching || flags['abort-on-container-failure'] || flags.watch),
      `--${flags.wait ? 'wait' : 'detach'} cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, --attach-dependencies or --watch`,
    ],
    [
      flags['renew-anon-volumes'] && flags['no-recreate'],
      '--no-recreate and --renew-anon-volumes are incompatible',
    ],
    [flags['force-recreate'] && flags['no-recreate'], '--force-recreate and --no-recreate are incompatible'],
    [
      flags['always-recreate-deps'] && flags['no-recreate'],
      '--always-recreate-deps and --no-recreate are incompatible',
    ],
    [flags['no-build'] && flags.watch, '--no-build and --watch are incompatible'],
    [
      flags.attach.length > 0 && flags['attach-dependencies'],
      'cannot combine --attach and --attach-dependencies',
    ],
  ];
  const problem = problems.find(([isThere]) => isThere);
  if (problem) throw new ExitError(1, problem[1]);
}
