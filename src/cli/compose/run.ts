import { withApiSocket } from '../../compose/api-socket.ts';
import { checkSupported } from '../../compose/check-supported.ts';
import { ensureNetworks, networksUsedBy } from '../../compose/ensure-networks.ts';
import { ensureVolumes, volumesUsedBy } from '../../compose/ensure-volumes.ts';
import { ensureImages } from '../../compose/images.ts';
import type { Service } from '../../compose/model/types.ts';
import { observe } from '../../compose/plan/observe.ts';
import type { UpOptions } from '../../compose/up.ts';
import type { Work } from '../../compose/work.ts';
import { runAttached } from '../container/run.ts';
import { print } from '../context.ts';
import { authOptions } from '../registry-auth.ts';
import { errorLine, ExitError } from '../exit-code.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { createOneOff, overrideService, startDependencies } from './one-off.ts';
import { progressPrinter } from './progress-printer.ts';
import { type RunFlags, runFlags } from './run-flags.ts';
import { upOptions } from './up-options.ts';
import { workOf } from './work-of.ts';

export const command = defineComposeCommand({
  summary: 'Run a one-off command on a service',
  usage: '[OPTIONS] SERVICE [COMMAND] [ARGS...]',
  flags: runFlags,
  args: { min: 1 },
  interspersed: false,
  async run(context, flags, [name = '', ...cmd]) {
    if (flags.publish.length > 0 && flags['service-ports'])
      throw new ExitError(1, '--service-ports and --publish are incompatible');
    const project = await withApiSocket(context.client, context.load([name]), authOptions(context));
    const service = project.services.get(name);
    if (!service) throw new ExitError(1, `no such service: ${name}`);
    checkSupported([service]);
    if (context.copies.size > 0)
      await (await import('./confirm-remote.ts')).confirmRemote(context, project, false);
    const report = progressPrinter(context, flags.quiet);
    const work = workOf(context, project, report);
    const { signal: _none, ...options } = await upOptions(context, project, flags);
    if (!flags['no-deps']) await startDependencies(work, service, { ...options, build: false });
    const detach = flags.detach ?? false;
    const stdin = flags.interactive ?? true;
    const tty = !detach && wantsTty(context, flags);
    const one = overrideService(context, service, flags, cmd, { tty, stdin });
    const imageId = await prepare(work, one, options);
    report.end();
    const id = await createOneOff(work, one, flags, imageId, stdin);
    if (work.dryRun && !detach) throw new ExitError(1, 'interactive run is not supported in dry-run mode');
    if (!detach)
      return runAttached(context, id, {
        tty,
        stdin,
        stdout: true,
        stderr: true,
        remove: flags.rm ?? false,
        signals: true,
        refuse: (error) => new ExitError(1, errorLine(error)),
      });
    if (!work.dryRun) await context.client.containers.start(id);
    print(context, id);
    return 0;
  },
});

/** A terminal for the program unless it is refused, or there is none here. */
function wantsTty(context: ComposeContext, flags: RunFlags): boolean {
  if (flags.tty !== undefined && flags['no-TTY'] !== undefined)
    throw new ExitError(1, "--tty and --no-TTY can't be used together");
  const isTerminal = context.in.isTTY === true && context.out.isTTY === true;
  return (flags.tty ?? !flags['no-TTY']) && isTerminal;
}

/** Makes sure of what the one service itself needs; returns the id of its image. */
async function prepare(work: Work, service: Service, options: UpOptions): Promise<string> {
  const { client, project } = work;
  const networks = networksUsedBy(project, [service]);
  const volumes = volumesUsedBy(project, [service]);
  const [imageIds, observed, foundNetworks, { Volumes }] = await Promise.all([
    ensureImages(work, [service], options),
    observe(client, project.name),
    networks.length > 0 ? client.networks.list({ name: networks.map(({ name }) => name) }) : [],
    volumes.length > 0 ? client.volumes.list({ name: volumes.map(({ name }) => name) }) : { Volumes: [] },
  ]);
  await ensureNetworks(work, networks, foundNetworks, [service], observed);
  await ensureVolumes(work, volumes, Volumes ?? [], observed, () => Promise.resolve(false));
  return imageIds.get(service.name) ?? '';
}
