import { setTimeout as delay } from 'node:timers/promises';
import { prefixed } from '../lib/errors.ts';
import { exportRootfs, readArchive } from './archive/read-archive.ts';
import { statPath } from './archive/path-stat.ts';
import { writeArchive } from './archive/write-archive.ts';
import { attachContainer } from './attach.ts';
import { commitContainer } from './commit.ts';
import { connectNetwork, disconnectNetwork } from './connect.ts';
import type { ContainerRecord } from './container-record.ts';
import { toContainer } from './container-view.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { createContainer } from './create.ts';
import { checkExec, createExec, inspectExec, resizeExec, startExec } from './exec/exec-verbs.ts';
import { findProblems } from './findings/find-problems.ts';
import { cancelRestart } from './restart-policy.ts';
import { killContainer } from './kill.ts';
import { readLogs } from './logs/container-logs.ts';
import { pauseContainer, unpauseContainer } from './pause.ts';
import { pruneContainers } from './prune.ts';
import { recoverContainers } from './recover.ts';
import { removeContainer } from './remove.ts';
import { renameContainer } from './rename.ts';
import { restartContainer } from './restart.ts';
import { checkRuns } from './running.ts';
import { startContainer } from './start.ts';
import { createCheckpoint, listCheckpoints, removeCheckpoint } from './checkpoint.ts';
import { stopContainer } from './stop.ts';
import { listProcesses } from './top.ts';
import type { Container, Containers, ExecInfo, LogBatch, WaitCondition } from './types.ts';
import { updateContainer } from './update.ts';
import { measureUsage } from './usage.ts';
import { afterOutput, waitForExit } from './wait.ts';

/** Milliseconds that verbs get to end when the engine leaves. */
const PATIENCE = 3000;

type Args<Verb extends keyof Containers> = Parameters<Containers[Verb]>;
type Result<Verb extends keyof Containers> = ReturnType<Containers[Verb]>;
type Size = { height: number; width: number };

/** The containers of an engine: finds the one that is meant and calls its verb. Each verb has a file of its own. */
export class EngineContainers implements Containers {
  private readonly context: Context;
  private readonly closing: AbortController;

  constructor(context: Context, closing: AbortController) {
    this.context = context;
    this.closing = closing;
  }

  async create(...[request]: Args<'create'>): Result<'create'> {
    return createContainer(this.context, request);
  }

  list(): Container[] {
    return this.context.store.all().map((record) => toContainer(this.context, record));
  }

  find(nameOrId: string): Container | undefined {
    const record = this.context.store.find(nameOrId);
    return record && toContainer(this.context, record);
  }

  get(nameOrId: string): Container {
    return toContainer(this.context, this.record(nameOrId));
  }

  async start(...[nameOrId, options]: Args<'start'>): Promise<void> {
    await startContainer(this.context, this.record(nameOrId), options?.checkpoint);
  }

  async createCheckpoint(...[nameOrId, options]: Args<'createCheckpoint'>): Promise<void> {
    await createCheckpoint(this.context, this.record(nameOrId), options);
  }

  async checkpoints(...[nameOrId, directory]: Args<'checkpoints'>): Promise<string[]> {
    return listCheckpoints(this.context, this.record(nameOrId), directory);
  }

  async removeCheckpoint(...[nameOrId, options]: Args<'removeCheckpoint'>): Promise<void> {
    removeCheckpoint(this.context, this.record(nameOrId), options);
  }

  async stop(...[nameOrId, options]: Args<'stop'>): Promise<void> {
    const record = this.record(nameOrId);
    await named(`cannot stop container: ${nameOrId}`, stopContainer(this.context, record, options ?? {}));
  }

  async restart(...[nameOrId, options]: Args<'restart'>): Promise<void> {
    const record = this.record(nameOrId);
    await named(
      `Cannot restart container ${nameOrId}`,
      restartContainer(this.context, record, options ?? {}),
    );
  }

  async kill(nameOrId: string, signal?: string): Promise<void> {
    await killContainer(this.context, nameOrId, signal);
  }

  async pause(nameOrId: string): Promise<void> {
    await pauseContainer(this.context, this.record(nameOrId));
  }

  async unpause(nameOrId: string): Promise<void> {
    await unpauseContainer(this.context, this.record(nameOrId));
  }

  async rename(nameOrId: string, name: string): Promise<void> {
    await renameContainer(this.context, this.record(nameOrId), name);
  }

  async update(...[nameOrId, change]: Args<'update'>): Result<'update'> {
    return updateContainer(this.context, this.record(nameOrId), change);
  }

  async remove(...[nameOrId, options]: Args<'remove'>): Promise<void> {
    await removeContainer(this.context, this.record(nameOrId), nameOrId, options ?? {});
  }

  async prune(...[filter]: Args<'prune'>): Result<'prune'> {
    return pruneContainers(this.context, filter);
  }

  wait(nameOrId: string, condition: WaitCondition, signal?: AbortSignal): Result<'wait'> {
    const departed = this.context.store.find(nameOrId) ? undefined : this.context.departed.find(nameOrId);
    if (departed)
      return { id: departed.id, done: afterOutput(Promise.resolve(departed.exit), departed.readers) };
    const record = this.record(nameOrId);
    return { id: record.id, done: afterOutput(waitForExit(record, condition, signal), record.readers) };
  }

  logs(...[nameOrId, options]: Args<'logs'>): AsyncIterable<LogBatch> {
    return readLogs(this.context, this.record(nameOrId), options);
  }

  async attach(...[nameOrId, options]: Args<'attach'>): Result<'attach'> {
    return attachContainer(this.context, this.record(nameOrId), options);
  }

  async resize(nameOrId: string, size: Size): Promise<void> {
    const record = this.record(nameOrId);
    checkRuns(record);
    await this.context.runtime.resize(record.id, pathsOf(this.context, record).bundle, size);
    publish(this.context, record, 'resize', { height: String(size.height), width: String(size.width) });
  }

  async findings(nameOrId: string): Result<'findings'> {
    return findProblems(this.context, this.record(nameOrId));
  }

  async top(nameOrId: string, psArgs: string): Result<'top'> {
    return listProcesses(this.context, this.record(nameOrId), psArgs);
  }

  async stats(nameOrId: string): Result<'stats'> {
    const { id, run } = this.record(nameOrId);
    return run && this.context.runtime.stats(id, run.running.pid);
  }

  async changes(nameOrId: string): Result<'changes'> {
    return this.context.snapshots.changes(this.record(nameOrId).id);
  }

  export(nameOrId: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return exportRootfs(this.context, this.record(nameOrId), signal);
  }

  async commit(...[nameOrId, options]: Args<'commit'>): Result<'commit'> {
    return commitContainer(this.context, this.record(nameOrId), options);
  }

  async statPath(nameOrId: string, path: string): Result<'statPath'> {
    return statPath(this.context, this.record(nameOrId), nameOrId, path);
  }

  async readArchive(nameOrId: string, path: string, signal?: AbortSignal): Result<'readArchive'> {
    return readArchive(this.context, this.record(nameOrId), nameOrId, path, signal);
  }

  async writeArchive(...[nameOrId, path, tar, options]: Args<'writeArchive'>): Promise<void> {
    await writeArchive(this.context, this.record(nameOrId), nameOrId, path, tar, options);
  }

  async execCreate(...[nameOrId, spec]: Args<'execCreate'>): Promise<string> {
    return createExec(this.context, this.record(nameOrId), nameOrId, spec);
  }

  async execStart(...[execId, options]: Args<'execStart'>): Result<'execStart'> {
    return startExec(this.context, execId, options);
  }

  async execResize(execId: string, size: Size): Promise<void> {
    await resizeExec(this.context, execId, size);
  }

  execCheck(execId: string): ExecInfo {
    checkExec(this.context, execId);
    return inspectExec(this.context, execId);
  }

  execInspect(execId: string): ExecInfo {
    return inspectExec(this.context, execId);
  }

  async usage(nameOrId: string): Result<'usage'> {
    return measureUsage(this.context, this.record(nameOrId));
  }

  diskUsage(ids: readonly string[]): Promise<number[]> {
    return this.context.snapshots.diskUsage({ keys: ids });
  }

  async connect(...[nameOrId, endpoint]: Args<'connect'>): Promise<void> {
    await connectNetwork(this.context, this.record(nameOrId), endpoint);
  }

  async disconnect(nameOrId: string, network: string, force: boolean): Promise<void> {
    await disconnectNetwork(this.context, this.record(nameOrId), network, force);
  }

  async recover(): Promise<void> {
    await recoverContainers(this.context);
  }

  async close(): Promise<void> {
    this.closing.abort();
    const records = this.context.store.all();
    for (const record of records) cancelRestart(record);
    // Verbs under way get a moment to end in order.
    const idle = Promise.all(records.map(({ id }) => this.context.locks.run(id, async () => {})));
    await Promise.race([idle, delay(PATIENCE, undefined, { ref: false })]);
  }

  private record(nameOrId: string): ContainerRecord {
    return this.context.store.get(nameOrId);
  }
}

/** Its errors say which container they are about, as Docker's of these verbs do. */
async function named(prefix: string, verb: Promise<void>): Promise<void> {
  try {
    await verb;
  } catch (error) {
    throw prefixed(prefix, error);
  }
}
