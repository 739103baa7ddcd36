import type { Project } from '../../compose/model/types.ts';
import { selectServices } from '../../compose/plan/graph.ts';
import type { Report } from '../../compose/progress.ts';
import { stopContainers } from '../../compose/stop.ts';
import { up, type UpOptions } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { type Attaching, AttachedProject } from './attached-project.ts';
import { endings, exitStatus, onInterrupt } from './endings.ts';
import type { ComposeContext } from './globals.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import { openMenu } from './menu.ts';
import { progressPrinter } from './progress-printer.ts';
import type { UpFlags } from './up-flags.ts';
import { WatchSwitch } from './watch-switch.ts';

/** Shows the output of the services until they end, the user ends them or detaches, or one ends and that ends all. */
export async function foreground(
  base: ComposeContext,
  project: Project,
  options: UpOptions,
  flags: UpFlags,
  services: readonly string[],
): Promise<number> {
  const context = withColors(base, base.colors && !flags['no-color']);
  const report = progressPrinter(context);
  const attaching = attachingOf(project, flags, services);
  const printer = new LogPrinter(context, [], !flags['no-log-prefix'], flags.timestamps ?? false);
  const attached = new AttachedProject(context, project.name, printer, attaching);
  const stop = new AbortController();
  const ending = endings(attached, flags, project);
  const interrupts = onInterrupt(() => {
    ending.interrupt();
    stop.abort();
  });
  const watch = new WatchSwitch(context, project, services, printer);
  const menu = openMenu(context, flags, {
    detach: () => ending.detach(),
    watch: () => watch.toggle(),
    interrupt: () => interrupts.press(),
  });
  const stopAll = (): Promise<void> =>
    stopContainers(context.client, project, report, {
      services,
      timeout: flags.timeout,
      force: interrupts.second,
    });
  const started = Promise.withResolvers<void>();
  let isShown = false;
  // Who sees the output sees that it started.
  const beforeOutput: Report = (step) => {
    if (!isShown || step.state === 'warning') report(step);
  };
  try {
    if (flags.watch) await watch.open();
    const { rolling } = await up(context.client, project, beforeOutput, {
      ...options,
      signal: stop.signal,
      async onCreated({ containers, rolling }) {
        report.end();
        isShown = true;
        const all = [...containers].flatMap(([service, items]) =>
          attaching.followed.has(service) ? items : [],
        );
        const shown = all
          .filter(({ service }) => attaching.shown.has(service))
          .map(({ name }) => shortName(project.name, name));
        for (const name of shown) printer.add(name);
        // Where containers are replaced as the start goes on, what is copied into the old ones would be lost.
        if (flags.watch && rolling.size === 0) await watch.begin(started.promise);
        context.out.write(`Attaching to ${shown.toSorted().join(', ')}\n`);
        menu.show();
        await attached.attach(all);
      },
    });
    started.resolve();
    if (flags.watch && rolling.size > 0) await watch.begin();
    ending.started(attached.ended());
    const kind = await ending.done;
    if (kind === 'ended' || kind === 'detached') return exitStatus(flags, ending.exit());
    attached.isStopping = true;
    if (kind === 'interrupted') context.out.write('Gracefully Stopping... press Ctrl+C again to force\n');
    else context.err.write('Aborting on container exit...\n');
    await watch.off();
    await stopAll();
    await attached.ended(services);
    if (kind === 'interrupted') return interrupts.status();
    return exitStatus(flags, ending.exit());
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    await stopAll();
    return 130;
  } finally {
    await watch.off();
    menu.close();
    interrupts.end();
    attached.close();
  }
}

const withColors = (context: ComposeContext, colors: boolean): ComposeContext => ({ ...context, colors });

/** Which services are followed, and which of them are shown: those that were asked for, if they don't refuse. */
function attachingOf(project: Project, flags: UpFlags, services: readonly string[]): Attaching {
  const chosen = new Set(selectServices(project, services, flags['no-deps']).map(({ name }) => name));
  const strangers = flags.attach.filter((name) => !chosen.has(name));
  if (strangers.length > 0)
    throw new ExitError(1, `cannot attach to services not included in up: ${strangers.join(', ')}`);
  const asked = services.length > 0 && !flags['attach-dependencies'] ? services : [...chosen];
  const shown =
    flags.attach.length > 0
      ? flags.attach
      : asked.filter((name) => project.services.get(name)?.attach !== false);
  return {
    shown: new Set(shown.filter((name) => !flags['no-attach'].includes(name))),
    followed: new Set(services.length > 0 ? [...services, ...shown] : chosen),
  };
}
