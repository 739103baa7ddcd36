import type { Project } from '../../compose/model/types.ts';
import type { Watching } from '../../compose/watch/watch-project.ts';
import { messageOf } from '../../lib/errors.ts';
import { allAuth } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import type { ComposeContext } from './globals.ts';
import type { LogPrinter } from './log-printer.ts';

/** Turns the watch over files on and off while `up` is in the foreground. */
export class WatchSwitch {
  private readonly context: ComposeContext;
  private readonly project: Project;
  private readonly services: readonly string[];
  private readonly printer: LogPrinter;
  private watching: Watching | undefined;

  constructor(context: ComposeContext, project: Project, services: readonly string[], printer: LogPrinter) {
    this.context = context;
    this.project = project;
    this.services = services;
    this.printer = printer;
  }

  async toggle(): Promise<void> {
    if (this.watching) return this.off();
    const { context } = this;
    const { watchProject } = await import('../../compose/watch/watch-project.ts');
    try {
      this.watching = await watchProject(context.client, this.project, {
        services: this.services,
        prune: true,
        say: (line) => this.printer.say(line),
        warn: (line) => void context.err.write(`WARN ${line}\n`),
        onOutput: ({ stream, data }) => void (stream === 'stderr' ? context.err : context.out).write(data),
        allAuth: () => allAuth(context),
        onBuildLine: buildLinePrinter(context),
      });
      this.watching.done.catch((error: unknown) => context.err.write(`${messageOf(error)}\n`));
    } catch (error) {
      context.err.write(`${messageOf(error)}\n`);
    }
  }

  async off(): Promise<void> {
    const { watching } = this;
    this.watching = undefined;
    watching?.stop();
    await watching?.done.catch(() => {}); // told already
  }
}
