import { ensureNetworks } from '../../compose/ensure-networks.ts';
import { ensureVolumes } from '../../compose/ensure-volumes.ts';
import { ensureImages } from '../../compose/images.ts';
import { runAttached } from '../container/run.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { defineComposeCommand } from './globals.ts';
import { createOneOff, overrideService, startDependencies } from './one-off.ts';
import { progressPrinter } from './progress-printer.ts';
import { runFlags } from './run-flags.ts';

export const command = defineComposeCommand({
  summary: 'Run a one-off command on a service',
  usage: '[OPTIONS] SERVICE [COMMAND] [ARGS...]',
  flags: runFlags,
  args: { min: 1 },
  interspersed: false,
  async run(context, values, [name = '', ...cmd]) {
    const project = context.load([name]);
    const service = project.services.get(name);
    if (!service) throw new ExitError(1, `no such service: ${name}`);
    const report = progressPrinter(context);
    await startDependencies(context, project, service, values, report);
    const detach = values.detach ?? false;
    const stdin = (values.interactive ?? true) && !detach;
    const tty = !values['no-TTY'] && !detach && context.in.isTTY === true && context.out.isTTY === true;
    const one = overrideService(context, service, values, cmd, { tty, stdin });
    const imageIds = await ensureImages(context.client, project, [one], report, {
      build: values.build ?? false,
      pull: values.pull,
      ...authOptions(context),
      onBuildLine: buildLinePrinter(context),
      signal: context.signal,
    });
    await ensureNetworks(context.client, project, [one], report);
    await ensureVolumes(context.client, project, [one], report);
    report.end();
    const id = await createOneOff(context, project, one, values, imageIds.get(name) ?? '', stdin);
    if (detach) {
      await context.client.containers.start(id);
      print(context, values.name ?? id);
      return 0;
    }
    return runAttached(context, id, {
      tty,
      stdin,
      stdout: true,
      stderr: true,
      remove: values.rm ?? false,
      signals: true,
    });
  },
});
