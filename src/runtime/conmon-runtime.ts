import { adoptContainer } from './adopt.ts';
import { processesOf } from './cgroup/processes.ts';
import { resizeTerminal } from './conmon/control.ts';
import { openInput } from './conmon/input.ts';
import type { RuntimeContext } from './context.ts';
import { createContainer } from './create.ts';
import { deleteContainer } from './delete.ts';
import { execProcess } from './exec.ts';
import { killContainer, untilProgramRuns } from './kill.ts';
import { findContainer } from './monitored-container.ts';
import { checkpointContainer } from './checkpoint.ts';
import { pauseContainer, resumeContainer } from './pause.ts';
import type { RuntimeProgram } from './probe.ts';
import { rotateLog } from './rotate-log.ts';
import { startContainer } from './start.ts';
import { readStats } from './stats/read-stats.ts';
import type {
  CreateOptions,
  ExecHandle,
  ExecOptions,
  ProcessSpec,
  Resources,
  RunningContainer,
  Runtime,
  RuntimeStats,
} from './types.ts';
import { updateContainer } from './update.ts';

/** Milliseconds from an announcement until the runtime moves a process into its group: a client's next requests and half a start. */
const anticipated = 50;

/** runc or crun, with one conmon per container that keeps its output and exit code while no engine runs. */
export class ConmonRuntime implements Runtime {
  readonly name: string;
  readonly version: string;
  private readonly context: RuntimeContext;

  constructor(program: RuntimeProgram, context: RuntimeContext) {
    this.name = program.name;
    this.version = program.version;
    this.context = context;
  }

  get cgroupVersion(): 1 | 2 {
    return this.context.cgroups.version;
  }

  get blkioWeight(): boolean {
    return this.context.host.blkioWeight;
  }

  anticipate(): void {
    this.context.migrations.keepWarm(anticipated);
  }

  async create(options: CreateOptions): Promise<RunningContainer> {
    this.anticipate();
    return await createContainer(this.context, options);
  }

  async start(id: string): Promise<void> {
    await startContainer(this.context, id);
  }

  async kill(id: string, signal: number, options: { all?: boolean } = {}): Promise<void> {
    await killContainer(this.context, id, signal, options.all);
  }

  async checkpoint(...[id, options]: Parameters<Runtime['checkpoint']>): Promise<void> {
    await checkpointContainer(this.context, id, options);
  }

  async pause(id: string): Promise<void> {
    await pauseContainer(this.context, id);
  }

  async resume(id: string): Promise<void> {
    await resumeContainer(this.context, id);
  }

  async update(id: string, resources: Resources): Promise<void> {
    await updateContainer(this.context, id, resources);
  }

  async delete(id: string, bundle: string): Promise<void> {
    await deleteContainer(this.context, id, bundle);
  }

  async exec(id: string, bundle: string, process: ProcessSpec, options: ExecOptions): Promise<ExecHandle> {
    this.anticipate();
    return await execProcess(this.context, id, bundle, process, options);
  }

  async openStdin(_id: string, bundle: string): Promise<NodeJS.WritableStream> {
    return openInput(bundle);
  }

  async resize(_id: string, bundle: string, size: { height: number; width: number }): Promise<void> {
    resizeTerminal(bundle, size);
  }

  async rotateLog(_id: string, bundle: string, logPath: string, to: string): Promise<void> {
    await rotateLog(bundle, logPath, to);
  }

  async stats(id: string, pid: number): Promise<RuntimeStats> {
    return readStats(this.context.cgroups, findContainer(this.context, id).cgroup, pid);
  }

  async processes(id: string): Promise<number[]> {
    const container = findContainer(this.context, id);
    await untilProgramRuns(container);
    return processesOf(this.context.cgroups, container.cgroup);
  }

  async adopt(id: string, bundle: string): ReturnType<Runtime['adopt']> {
    return await adoptContainer(this.context, id, bundle);
  }

  /** Lets go of all containers, which run on: our process may end, or another engine adopt them. */
  close(): void {
    this.context.exitWatch.close();
    for (const monitor of this.context.monitors) monitor.unref();
  }
}
