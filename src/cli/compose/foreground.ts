import type { Project } from '../../compose/model/types.ts';
import { selectServices } from '../../compose/plan/graph.ts';
import { stopContainers } from '../../compose/stop.ts';
import { up, type UpOptions } from '../../compose/up.ts';
import { AttachedProject, type Exit, type Watched } from './attached-project.ts';
import { endings, onInterrupt } from './endings.ts';
import type { ComposeContext } from './globals.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import { progressPrinter } from './progress-printer.ts';
import type { UpFlags } from './up-flags.ts';

/** Shows the output of the services until they end, the user ends them, or one ends and `--abort-on-container-exit` stands. */
export async function foreground(
  context: ComposeContext,
  project: Project,
  options: UpOptions,
  values: UpFlags,
  services: readonly string[],
): Promise<number> {
  const report = progressPrinter(context);
  const attach = attachedServices(project, values, services);
  const printer = new LogPrinter(context, [], !values['no-log-prefix']);
  const attached = new AttachedProject(context, project.name, printer);
  const stop = new AbortController();
  const ending = endings(attached, values, project);
  const interrupts = onInterrupt(() => {
    ending.interrupt();
    stop.abort();
  });
  try {
    await up(context.client, project, report, {
      ...options,
      signal: stop.signal,
      async onCreated({ containers }, names) {
        report.end();
        const watched = [...containers]
          .filter(([service]) => attach.has(service))
          .flatMap(([service, ids]) =>
            ids.map((id): Watched => ({ id, service, name: names.get(id) ?? id })),
          );
        for (const { name } of watched) printer.add(shortName(project.name, name));
        context.out.write(
          `Attaching to ${watched.map(({ name }) => shortName(project.name, name)).join(', ')}\n`,
        );
        await attached.attach(watched);
      },
    });
    ending.started(attached.ended());
    const { exit, interrupted } = await ending.done;
    if (exit === undefined && !interrupted) return 0;
    if (interrupted) context.err.write('Gracefully Stopping... press Ctrl+C again to force\n');
    else context.err.write('Aborting on container exit...\n');
    await stopContainers(context.client, project, report, {
      services,
      timeout: values.timeout,
      force: interrupts.second,
    });
    return interrupted ? 130 : exitStatus(values, exit);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    await stopContainers(context.client, project, report, {
      services,
      timeout: values.timeout,
      force: interrupts.second,
    });
    return 130;
  } finally {
    interrupts.end();
    attached.close();
  }
}

function attachedServices(project: Project, values: UpFlags, services: readonly string[]): Set<string> {
  const chosen =
    values.attach.length > 0
      ? values.attach
      : services.length > 0 && !values['attach-dependencies']
        ? services
        : selectServices(project, services).map(({ name }) => name);
  return new Set(
    chosen.filter(
      (name) => !values['no-attach'].includes(name) && project.services.get(name)?.attach !== false,
    ),
  );
}

const exitStatus = (values: UpFlags, exit: Exit | undefined): number =>
  values['exit-code-from'] !== undefined ||
  values['abort-on-container-exit'] ||
  values['abort-on-container-failure']
    ? (exit?.exitCode ?? 0)
    : 0;
