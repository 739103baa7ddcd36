import type { Client } from '../../client/client.ts';
import type { LogsOptions } from '../../client/containers.ts';
import { label } from '../../compose/plan/labels.ts';
import { ignoreGone } from '../../compose/stop.ts';
import { kindOf } from '../../lib/errors.ts';
import type { ContainerInspect } from '../../wire/container.ts';
import type { EventMessage } from '../../wire/system.ts';
import { errorLine } from '../exit-code.ts';
import { type LogPrinter, shortName } from './log-printer.ts';

/** A container whose log is shown. */
interface Logged {
  readonly id: string;
  readonly name: string;
}

/** Prints the logs of a project's containers, and goes on with those that start later. */
export class LogFollower {
  private readonly client: Client;
  private readonly project: string;
  private readonly printer: LogPrinter;
  private readonly options: Omit<LogsOptions, 'follow'>;
  /** Told of containers whose logs nobody keeps. */
  private readonly warn: (line: string) => void;

  constructor(
    client: Client,
    project: string,
    printer: LogPrinter,
    options: Omit<LogsOptions, 'follow' | 'signal'>,
    warn: (line: string) => void,
  ) {
    this.client = client;
    this.project = project;
    this.printer = printer;
    this.options = options;
    this.warn = warn;
  }

  /** Prints what there is. */
  async print(containers: readonly Logged[]): Promise<void> {
    await Promise.all(containers.map((container) => this.stream(container, this.options)));
  }

  /** Prints what there is and what comes, until none of the containers runs any more. `isWanted` decides on those that start. */
  async follow(
    containers: readonly (Logged & { readonly up: boolean })[],
    isWanted: (event: EventMessage) => boolean,
  ): Promise<void> {
    const stop = new AbortController();
    const options = { ...this.options, follow: true, signal: stop.signal };
    const streams: Promise<void>[] = [];
    const add = (stream: Promise<void>): void => {
      const ended = stream.catch(ignoreGone);
      ended.catch((error: unknown) => stop.abort(error)); // the first failure ends all, and is told
      streams.push(ended);
    };
    try {
      const events = await this.client.system.events({
        filters: {
          type: ['container'],
          label: [`${label.project}=${this.project}`],
          event: ['start', 'die'],
        },
        signal: stop.signal,
      });
      const running = new Set<string>(); // seen after the events began, so that no end is missed
      for (const { id, up } of containers) if (up && (await this.comesBack(id))) running.add(id);
      for (const container of containers) add(this.stream(container, options));
      if (running.size > 0)
        for await (const event of events) {
          if (!isWanted(event)) continue;
          const container = { id: event.Actor.ID, name: event.Actor.Attributes['name'] ?? '' };
          if (event.Action === 'start') {
            running.add(container.id);
            add(this.streamFromStart(container, options));
          } else if (!(await this.comesBack(container.id))) running.delete(container.id);
          if (running.size === 0) break;
        }
      await Promise.all(streams);
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      stop.abort();
    }
  }

  /** What it writes from its start on, which may be before that is told of. */
  private async streamFromStart(container: Logged, options: LogsOptions): Promise<void> {
    const state = await this.stateOf(container.id);
    if (state) await this.stream(container, { ...options, since: state.StartedAt });
  }

  private async comesBack(id: string): Promise<boolean> {
    const state = await this.stateOf(id);
    return state !== undefined && (state.Running || state.Restarting);
  }

  /** Undefined when it is gone. */
  private async stateOf(id: string): Promise<ContainerInspect['State'] | undefined> {
    try {
      return (await this.client.containers.inspect(id)).State;
    } catch (error) {
      if (kindOf(error) === 'not-found') return undefined;
      throw error;
    }
  }

  private async stream({ id, name }: Logged, options: LogsOptions): Promise<void> {
    const short = shortName(this.project, name);
    const frames = await this.client.containers.logs(id, options).catch((error: unknown) => {
      if (kindOf(error) !== 'not-implemented') throw error;
      this.warn(`Can't retrieve logs for ${JSON.stringify(name)}: ${errorLine(error)}`);
      return [];
    });
    for await (const { data } of frames) this.printer.write(short, data);
    this.printer.flush(short);
  }
}
