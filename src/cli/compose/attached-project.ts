import { readFrames } from '../../client/frames.ts';
import { adviceOn } from '../../compose/advice.ts';
import { label } from '../../compose/plan/labels.ts';
import { isAbort } from '../../lib/errors.ts';
import type { ContainerInspect } from '../../wire/container.ts';
import type { EventMessage } from '../../wire/system.ts';
import type { ComposeContext } from './globals.ts';
import { type LogPrinter, shortName } from './log-printer.ts';

/** A container whose life is followed. */
export interface Watched {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Exit extends Watched {
  readonly exitCode: number;
}

/** Which services are followed, and the output of which is shown. */
export interface Attaching {
  readonly followed: ReadonlySet<string>;
  readonly shown: ReadonlySet<string>;
}

/**
 * Follows the containers of a project while `up` is in the foreground: prints their output, over restarts and recreations too, tells
 * exits, and knows when none is left that runs or will run again.
 */
export class AttachedProject {
  private readonly context: ComposeContext;
  private readonly project: string;
  private readonly printer: LogPrinter;
  private readonly attaching: Attaching;
  /** Those that run, or are about to. */
  private readonly alive = new Map<string, Watched>();
  /** Output that is being printed, by container. */
  private readonly streams = new Map<string, Promise<void>>();
  /** Attached to before a start that no event has told of yet: its output comes by that stream, which may have ended by then. */
  private readonly unstarted = new Set<string>();
  private readonly stop = new AbortController();
  /** Resolved, and made anew, whenever one has ended. */
  private change = Promise.withResolvers<void>();

  onExit: (exit: Exit) => void = () => {};
  /** Exits are what the user wants now: nobody has to be told why. */
  isStopping = false;

  constructor(context: ComposeContext, project: string, printer: LogPrinter, attaching: Attaching) {
    this.context = context;
    this.project = project;
    this.printer = printer;
    this.attaching = attaching;
  }

  /** Attaches to containers before they start; resolves when nothing of their output can be missed. */
  async attach(containers: readonly Watched[]): Promise<void> {
    const attached = containers.filter(({ service }) => this.attaching.shown.has(service));
    for (const container of containers) this.alive.set(container.id, container);
    for (const { id } of attached) this.unstarted.add(id);
    const events = await this.context.client.system.events({
      filters: { type: ['container'], label: [`${label.project}=${this.project}`, `${label.oneOff}=False`] },
      signal: this.stop.signal,
    });
    void this.follow(events);
    await Promise.all(attached.map((one) => this.stream(one)));
  }

  /**
   * Resolves when no container (of these services, when some are named) runs any more, and all output and exits are told. Ask after
   * the start: none may be on its way by then.
   */
  async ended(services: readonly string[] = []): Promise<void> {
    await this.dropUnstarted();
    const isMeant = ({ service }: Watched): boolean => services.length === 0 || services.includes(service);
    while ([...this.alive.values()].some(isMeant)) await this.change.promise;
    if (services.length === 0) await Promise.all(this.streams.values());
  }

  close(): void {
    this.stop.abort();
  }

  private async follow(events: AsyncIterable<EventMessage>): Promise<void> {
    try {
      for await (const event of events) {
        const container = this.watchedOf(event);
        if (!container) continue;
        if (event.Action === 'start') this.started(container);
        else if (event.Action === 'die') await this.exited(container, event);
        else if (event.Action === 'create') this.created(container, event);
        else if (event.Action === 'destroy') this.drop(container);
      }
    } catch (error) {
      if (isAbort(error) || this.stop.signal.aborted) return;
      this.context.err.write(`lost the events of the engine: ${String(error)}\n`);
      this.alive.clear();
      this.change.resolve();
    }
  }

  /** It is about to take the place of another, whose name is behind the one it has until then. */
  private created(container: Watched, { Actor }: EventMessage): void {
    this.alive.set(container.id, container);
    if (Actor.Attributes[label.replace] === undefined || !this.attaching.shown.has(container.service)) return;
    const name = container.name.replace(/^[0-9a-f]{12}_/, '');
    this.printer.tell(shortName(this.project, name), 'has been recreated');
  }

  private watchedOf({ Actor }: EventMessage): Watched | undefined {
    const service = Actor.Attributes[label.service] ?? '';
    if (!this.attaching.followed.has(service)) return undefined;
    return { id: Actor.ID, service, name: Actor.Attributes['name'] ?? Actor.ID };
  }

  private async exited(container: Watched, event: EventMessage): Promise<void> {
    this.unstarted.delete(container.id); // it ran already when it was attached to
    const exitCode = Number(event.Actor.Attributes['exitCode'] ?? 0);
    const willRestart = await this.isUp(container.id);
    await this.streams.get(container.id);
    const name = shortName(this.project, container.name);
    if (this.attaching.shown.has(container.service)) {
      this.printer.tell(name, `exited with code ${exitCode}${willRestart ? ' (restarting)' : ''}`);
      if (exitCode !== 0 && !willRestart && !this.isStopping)
        for (const line of await adviceOn(this.context.client, container.id)) this.printer.tell(name, line);
    }
    this.onExit({ ...container, exitCode });
    if (!willRestart) this.drop(container);
  }

  private drop({ id }: Watched): void {
    this.alive.delete(id);
    this.change.resolve();
    this.change = Promise.withResolvers();
  }

  /** It was started again, or is a new one: what it writes from now on is in its log. */
  private started(container: Watched): void {
    this.alive.set(container.id, container);
    if (this.unstarted.delete(container.id)) return;
    if (this.streams.has(container.id) || !this.attaching.shown.has(container.service)) return;
    this.printer.add(shortName(this.project, container.name));
    this.track(container, async () => {
      const { State } = await this.context.client.containers.inspect(container.id);
      const frames = await this.context.client.containers.logs(container.id, {
        follow: true,
        since: State.StartedAt,
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
    const run = work()
      .catch((error: unknown) => {
        if (!this.stop.signal.aborted && !isAbort(error))
          this.context.err.write(`${container.name}: ${String(error)}\n`);
      })
      .finally(() => {
        this.streams.delete(container.id);
        this.printer.flush(shortName(this.project, container.name));
      });
    this.streams.set(container.id, run);
  }

  /** Forgets those that nobody started: of all others an event tells the end. */
  private async dropUnstarted(): Promise<void> {
    for (const id of this.alive.keys()) {
      const status = (await this.stateOf(id))?.Status ?? 'created';
      if (status === 'created') this.alive.delete(id);
    }
  }

  private async isUp(id: string): Promise<boolean> {
    const state = await this.stateOf(id);
    return state !== undefined && (state.Running || state.Restarting);
  }

  /** Undefined when it is gone. */
  private async stateOf(id: string): Promise<ContainerInspect['State'] | undefined> {
    try {
      return (await this.context.client.containers.inspect(id)).State;
    } catch {
      return undefined;
    }
  }
}
