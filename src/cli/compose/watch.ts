import type { Project } from '../../compose/model/types.ts';
import { up } from '../../compose/up.ts';
import { lockWatch } from '../../compose/watch/watch-lock.ts';
import { openWatch } from '../../compose/watch/watch-project.ts';
import { bool } from '../flags.ts';
import { allAuth, authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Watch build context for service and rebuild/refresh containers when files are updated',
  usage: '[SERVICE...]',
  flags: {
    'no-up': bool('Do not build & start services before watching'),
    prune: bool('Prune dangling images on rebuild (default true)'),
    quiet: bool('hide build output'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const project = buildsWatched(context.load(services));
    using _lock = lockWatch(project.name, context.env);
    const onBuildLine = flags.quiet ? undefined : buildLinePrinter(context);
    const watch = openWatch(context.client, project, {
      services,
      prune: flags.prune ?? true,
      say: (line) => void context.out.write(`${line}\n`),
      warn: (line) => void context.err.write(`WARN ${line}\n`),
      onOutput: ({ stream, data }) => void (stream === 'stderr' ? context.err : context.out).write(data),
      allAuth: () => allAuth(context),
      ...(onBuildLine && { onBuildLine }),
    });
    if (!flags['no-up']) {
      const report = progressPrinter(context);
      await up(context.client, project, report, {
        services,
        ...authOptions(context),
        ...(onBuildLine && { onBuildLine }),
        signal: context.signal,
      });
      report.end();
    }
    let interrupted = false;
    const stop = (): void => {
      interrupted = true;
      watch.stop();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    await watch.begin();
    await watch.done;
    return interrupted ? 130 : 0;
  },
});

/** What is built and watched is built at the start, too: it may have changed while nobody watched. */
function buildsWatched(project: Project): Project {
  const services = [...project.services].map(
    ([name, service]) =>
      [
        name,
        service.build && service.watch.length > 0 ? { ...service, pullPolicy: 'build' } : service,
      ] as const,
  );
  return { ...project, services: new Map(services) };
}
