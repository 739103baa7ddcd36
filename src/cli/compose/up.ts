import { up, type UpOptions } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { foreground } from './foreground.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import { upFlags } from './up-flags.ts';

export const command = defineComposeCommand({
  summary: 'Create and start containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: upFlags,
  args: { min: 0 },
  async run(context, values, services) {
    const project = context.load(services);
    const report = progressPrinter(context);
    const options: UpOptions = {
      services,
      signal: context.signal,
      build: values.build ?? false,
      noBuild: values['no-build'] ?? false,
      noDeps: values['no-deps'] ?? false,
      noStart: values['no-start'] ?? false,
      forceRecreate: values['force-recreate'] ?? false,
      noRecreate: values['no-recreate'] ?? false,
      renewAnonVolumes: values['renew-anon-volumes'] ?? false,
      removeOrphans: values['remove-orphans'] ?? false,
      wait: values.wait ?? false,
      pull: values.pull,
      scale: parseScale(values.scale),
      ...(values.timeout !== undefined && { timeout: values.timeout }),
      ...authOptions(context),
      ...(!values['quiet-build'] && { onBuildLine: buildLinePrinter(context) }),
    };
    if (values.detach || values.wait || values['no-start']) {
      await up(context.client, project, report, options);
      report.end();
      return 0;
    }
    return foreground(context, project, options, values, services);
  },
});

function parseScale(specs: readonly string[]): Map<string, number> {
  return new Map(
    specs.map((spec) => {
      const match = /^([^=]+)=(\d+)$/.exec(spec);
      if (!match)
        throw new ExitError(1, `invalid --scale option ${JSON.stringify(spec)}. Should be SERVICE=NUM`);
      return [match[1] as string, Number(match[2])];
    }),
  );
}
