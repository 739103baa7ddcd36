import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { Client } from '../../client/client.ts';
import { type Frame, readFrames } from '../../client/frames.ts';
import { EngineError, isAbort, messageOf } from '../../lib/errors.ts';
import { mapPool } from '../../lib/pool.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import type { Project } from '../model/types.ts';
import { containersOf, isUp, nameOf, observe } from '../plan/observe.ts';
import { chosenServices } from '../up.ts';
import { actionsFor } from './actions.ts';
import { Batches } from './batches.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';
import { readRules, type Rule } from './rules.ts';
import { syncFiles } from './sync-files.ts';
import { TreeWatcher } from './tree-watcher.ts';

export interface WatchOptions extends Omit<RebuildOptions, 'signal'> {
  /** Services to watch, with what they need; all when none. */
  readonly services?: readonly string[];
  /** What went wrong without ending the watch. */
  readonly warn: (line: string) => void;
  /** What the commands of `sync+exec` write. */
  readonly onOutput: (frame: Frame) => void;
}

/** A watch that sees changes already. */
export interface Watch {
  /**
   * From now on what changed is followed, beginning with what has changed since the watch was opened; there must be containers. What
   * replaces or restarts them waits until they are all started. Resolves after the initial syncs.
   */
  begin(started?: Promise<unknown>): Promise<void>;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  /** Ends it; what is at work is broken off. */
  stop(): void;
}

/** A file that is copied only needs an editor's few calls to be over; what costs seconds waits for the end of a burst. */
const QUIET = { cheap: 10, costly: 100 } as const;
const LARGE = 1000;

/**
 * Follows `develop.watch` of a project: files that change are copied, services rebuilt or restarted. What is saved while the containers are
 * made is not lost if it is opened before. Throws when no service has rules, or one can't be followed.
 */
export function openWatch(client: Client, project: Project, options: WatchOptions): Watch {
  const services = chosenServices(project, { services: options.services ?? [] });
  const rules = readRules(project, services, options.warn);
  const stop = new AbortController();
  const batches = new Batches({
    quietFor: (path) =>
      rules.some((rule) => rule.action !== 'sync' && rule.covers(path)) ? QUIET.costly : QUIET.cheap,
  });
  const watcher = new TreeWatcher({
    skips: (directory) =>
      rules.filter((rule) => rule.covers(directory)).every((rule) => rule.ignoresAllOf(directory)),
    onChange: (path) => {
      if (rules.some((rule) => rule.matches(path))) batches.add(path);
    },
    onError: (error) => options.warn(messageOf(error)),
  });
  const work = new Work(client, project, rules, { ...options, signal: stop.signal });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    stop.abort();
    batches.end();
    watcher[Symbol.dispose]();
  };
  try {
    for (const { path } of rules) watcher.add(path);
  } catch (error) {
    end();
    throw error;
  }
  return {
    done,
    async begin(started = Promise.resolve()) {
      try {
        await work.syncInitially();
      } catch (error) {
        this.stop();
        throw error;
      }
      if (stop.signal.aborted) return;
      options.say('Watch enabled');
      resolve(work.follow(batches, started));
    },
    stop() {
      end();
      resolve();
    },
  };
}

/** What is done about changes. */
class Work {
  private readonly client: Client;
  private readonly project: Project;
  private readonly rules: readonly Rule[];
  private readonly options: WatchOptions & { readonly signal: AbortSignal };
  private isStarted = false;
  /** What came when it was too early to replace or restart containers. */
  private readonly later: string[] = [];

  constructor(
    client: Client,
    project: Project,
    rules: readonly Rule[],
    options: WatchOptions & { readonly signal: AbortSignal },
  ) {
    this.client = client;
    this.project = project;
    this.rules = rules;
    this.options = options;
  }

  async follow(batches: Batches, started: Promise<unknown>): Promise<void> {
    void started.then(() => {
      this.isStarted = true;
      for (const path of this.later) batches.add(path);
    });
    const { signal, say, warn } = this.options;
    for await (const batch of batches) {
      if (batch.length > LARGE)
        say('Large batch of file changes detected. If you just switched branches, this is expected.');
      try {
        await this.handle(batch);
      } catch (error) {
        if (signal.aborted || isAbort(error)) break;
        warn(`Error handling changed files: ${messageOf(error)}`);
      }
    }
  }

  async syncInitially(): Promise<void> {
    for (const rule of this.rules.filter(({ initialSync }) => initialSync)) {
      const mappings = filesBelow(rule.path, rule).map((host) => ({
        host,
        container: rule.inContainer(host),
      }));
      if (mappings.length > 0)
        await syncFiles(this.client, await this.containers(rule.service.name), mappings);
    }
  }

  private async handle(batch: readonly string[]): Promise<void> {
    const { client, project, options } = this;
    const actions = actionsFor(this.rules, batch);
    const isCostly = actions.rebuild.size + actions.restart.size + actions.exec.size > 0;
    const isEarly = isCostly && !this.isStarted;
    if (isEarly) this.later.push(...batch);
    else if (actions.rebuild.size > 0) await rebuild(client, project, [...actions.rebuild], options);
    for (const [service, mappings] of actions.sync) {
      options.say(
        `Syncing service ${JSON.stringify(service)} after ${mappings.length} changes were detected`,
      );
      await syncFiles(client, await this.containers(service), mappings);
    }
    if (isEarly) return;
    if (actions.restart.size > 0) await this.restart([...actions.restart]);
    await Promise.all([...actions.exec].map((rule) => this.exec(rule)));
  }

  private async restart(services: readonly string[]): Promise<void> {
    const containers = (await Promise.all(services.map((name) => this.containers(name)))).flat();
    await mapPool(containers, 8, ({ Id }) => this.client.containers.restart(Id));
    this.options.say(`service(s) [${services.map((name) => JSON.stringify(name)).join(' ')}] restarted`);
  }

  private async exec({ service, exec }: Rule): Promise<void> {
    if (!exec) return;
    const containers = (await this.containers(service.name)).filter(isUp);
    await Promise.all(
      containers.map(async (container) => {
        const { Id } = await this.client.containers.execCreate(container.Id, {
          AttachStdout: true,
          AttachStderr: true,
          Cmd: [...exec.command],
          Env: Object.entries(exec.environment).map(([name, value]) => `${name}=${value}`),
          Privileged: exec.privileged,
          User: exec.user ?? '',
          WorkingDir: exec.workingDir ?? '',
        });
        const { socket, multiplexed } = await this.client.containers.execStart(Id, { Tty: false });
        addAbortSignal(this.options.signal, socket);
        for await (const frame of readFrames(socket as AsyncIterable<Uint8Array>, multiplexed))
          this.options.onOutput(frame);
        const { ExitCode } = await this.client.containers.execInspect(Id);
        if (ExitCode !== 0)
          throw new EngineError(
            'internal',
            `${JSON.stringify(exec.command.join(' '))} in ${nameOf(container)} ended with ${ExitCode}`,
          );
      }),
    );
  }

  private async containers(service: string): Promise<ContainerSummary[]> {
    return containersOf(await observe(this.client, this.project.name), [service]);
  }
}

/** The files below a path (itself, when it is one) that a rule cares for. */
function filesBelow(path: string, rule: Rule): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return rule.matches(path) ? [path] : [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const below = join(path, entry.name);
    if (!entry.isDirectory()) return rule.matches(below) ? [below] : [];
    return rule.ignoresAllOf(below) ? [] : filesBelow(below, rule);
  });
}
