import { readFrames } from '../../client/frames.ts';
import { label } from '../../compose/plan/labels.ts';
import { isAbort } from '../../lib/errors.ts';
import type { EventMessage } from '../../wire/system.ts';
import type { ComposeContext } from './globals.ts';
import { type LogPrinter, shortName } from './log-printer.ts';

/** A container whose output is shown. */
export interface Watched {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Exit extends Watched {
  readonly exitCode: number;
}

/**
 * Follows the containers of a project while `up` is in the foreground: prints their output, over restarts too, and tells exits.
 */
export class AttachedProject {
  private readonly context: ComposeContext;
  private readonly project: string;
  private readonly printer: LogPrinter;
  private readonly watched = new Map<string, Watched>();
  private readonly running = new Set<string>();
  private readonly stop = new AbortController();
  private readonly streams = new Map<string, Promise<void>>();
  private readonly ends = new Map<string, string>();

  onExit: (exit: Exit) => void = () => {};

  constructor(context: ComposeContext, project: string, printer: LogPrinter) {
    this.context = context;
    this.project = project;
    this.printer = printer;
  }

  /** Attaches to containers before they start; resolves when nothing of their output can be missed. */
  async attach(containers: readonly Watched[]): Promise<void> {
    for (const container of containers) this.watched.set(container.id, container);
    const events = await this.context.client.system.events({
      filters: { type: ['container'], label: [`${label.project}=${this.project}`], event: ['start', 'die'] },
      signal: this.stop.signal,
    });
    void this.follow(events);
    await Promise.all(containers.map((container) => this.stream(container)));
  }

  /** Resolves when no attached container runs any more. */
  async ended(): Promise<void> {
    for (;;) {
      await Promise.all(this.streams.values());
      const states = await Promise.all([...this.watched.keys()].map((id) => this.isUp(id)));
      if (!states.includes(true)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  close(): void {
    this.stop.abort();
  }

  private async isUp(id: string): Promise<boolean> {
    try {
      const { State } = await this.context.client.containers.inspect(id);
      return State.Running || State.Restarting;
    } catch {
      return false; // removed
    }
  }

  private async follow(events: AsyncIterable<EventMessage>): Promise<void> {
    try {
      for await (const event of events) {
        const container = this.watched.get(event.Actor.ID);
        if (!container) continue;
        if (event.Action === 'die') this.exited(container, event);
        else if (!this.running.has(container.id)) this.resume(container);
      }
    } catch (error) {
      if (!isAbort(error) && !this.stop.signal.aborted)
        this.context.err.write(`lost the events of the engine: ${String(error)}\n`);
    }
  }

  private exited(container: Watched, event: EventMessage): void {
    const exitCode = Number(event.Actor.Attributes['exitCode'] ?? 0);
    this.ends.set(container.id, (Number(event.timeNano) / 1e9).toFixed(9));
    void (this.streams.get(container.id) ?? Promise.resolve()).then(() => {
      this.printer.tell(shortName(this.project, container.name), `exited with code ${exitCode}`);
      this.onExit({ ...container, exitCode });
    });
  }

  /** It was restarted: what it writes from now on is in its log. */
  private resume(container: Watched): void {
    const since = this.ends.get(container.id);
    this.track(container, async () => {
      const frames = await this.context.client.containers.logs(container.id, {
        follow: true,
        ...(since !== undefined && { since }),
        signal: this.stop.signal,
      });
      for await (const { stream, data } of frames)
        this.printer.write(shortName(this.project, container.name), data, stream);
    });
  }

  private async stream(container: Watched): Promise<void> {
    const { socket, multiplexed } = await this.context.client.containers.attach(container.id, {
      stdout: true,
      stderr: true,
    });
    this.stop.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    this.track(container, async () => {
      for await (const { stream, data } of readFrames(socket as AsyncIterable<Uint8Array>, multiplexed)) {
        this.printer.write(shortName(this.project, container.name), data, stream);
      }
    });
  }

  private track(container: Watched, work: () => Promise<void>): void {
    this.running.add(container.id);
    const run = work()
      .catch((error: unknown) => {
        if (!this.stop.signal.aborted && !isAbort(error))
          this.context.err.write(`${container.name}: ${String(error)}\n`);
      })
      .finally(() => {
        this.running.delete(container.id);
        this.printer.flush(shortName(this.project, container.name));
      });
    this.streams.set(container.id, run);
  }
}
