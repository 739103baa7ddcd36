import type { Project } from '../../compose/model/types.ts';
import type { Watch } from '../../compose/watch/watch-project.ts';
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
  private watch: Watch | undefined;

  constructor(context: ComposeContext, project: Project, services: readonly string[], printer: LogPrinter) {
    this.context = context;
    this.project = project;
    this.services = services;
    this.printer = printer;
  }

  /** Sees changes from now on, before there are containers. */
  async open(): Promise<void> {
    const { context } = this;
    const { openWatch } = await import('../../compose/watch/watch-project.ts');
    this.watch = openWatch(context.client, this.project, {
      services: this.services,
      prune: true,
      say: (line) => this.printer.say(line),
      warn: (line) => void context.err.write(`WARN ${line}\n`),
      onOutput: ({ stream, data }) => void (stream === 'stderr' ? context.err : context.out).write(data),
      allAuth: () => allAuth(context),
      onBuildLine: buildLinePrinter(context),
    });
  }

  /** Follows what an open watch sees, while containers are being `started`. */
  async begin(started?: Promise<unknown>): Promise<void> {
    const { watch } = this;
    if (!watch) return;
    watch.done.catch((error: unknown) => this.context.err.write(`${messageOf(error)}\n`));
    await watch.begin(started);
  }

  async toggle(): Promise<void> {
    if (this.watch) {
      await this.off();
      return this.printer.say('Watch disabled');
    }
    try {
      await this.open();
      await this.begin();
    } catch (error) {
      this.context.err.write(`${messageOf(error)}\n`);
      await this.off();
    }
  }

  async off(): Promise<void> {
    const { watch } = this;
    this.watch = undefined;
    watch?.stop();
    await watch?.done.catch(() => {}); // told already
  }
}
