import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MS, mount as mountFs, unmount } from '../../../kernel/mount.ts';
import { invalid } from '../../../lib/errors.ts';
import type { MountSpec } from '../../../runtime/types.ts';
import type { ExecMount } from '../../plan/types.ts';
import { openAgentSocket } from '../../remote/agent-socket.ts';
import type { BuildClient } from '../../types.ts';

type SecretMount = Extract<ExecMount, { type: 'secret' }>;
type SshMount = Extract<ExecMount, { type: 'ssh' }>;

/** What a mount gives to the command: a file, a variable, or neither. */
export interface ClientMount {
  readonly spec?: MountSpec;
  /** `NAME=value` */
  readonly env?: string;
}

/** Secrets and SSH agents of the client, for one RUN. Nothing of them is ever on disk. */
export class ClientMounts {
  private readonly client: BuildClient | undefined;
  private readonly directory: string;
  private readonly held: AsyncDisposableStack;
  private readonly signal: AbortSignal;
  private isMounted = false;
  private hasVariable = false;

  constructor(
    client: BuildClient | undefined,
    directory: string,
    held: AsyncDisposableStack,
    signal: AbortSignal,
  ) {
    this.client = client;
    this.directory = join(directory, 'client');
    this.held = held;
    this.signal = signal;
  }

  async secret(mount: SecretMount, index: number): Promise<ClientMount> {
    const content = await this.client?.secret(mount.id, this.signal);
    if (!content) {
      if (mount.required) throw invalid(`secret ${mount.id}: not found`);
      return mount.env === undefined ? {} : { env: `${mount.env}=` };
    }
    const env = mount.env === undefined ? {} : { env: `${mount.env}=${content.toString()}` };
    if (mount.target === undefined) return env;
    const path = join(this.memory(), `secret-${index}`);
    writeFileSync(path, content, { mode: 0o600 });
    settle(path, mount);
    return { ...env, spec: bind(path, mount.target, 'ro') };
  }

  async agent(mount: SshMount, index: number): Promise<ClientMount> {
    const { client, signal } = this;
    if (!client || !(await client.hasAgent(mount.id, signal))) {
      if (mount.required) throw invalid(`unset ssh forward key ${mount.id}`);
      return this.variableOf(mount);
    }
    const path = join(this.memory(), `agent-${index}`);
    this.held.use(await openAgentSocket(client, mount.id, path, signal));
    settle(path, mount);
    return { spec: bind(path, mount.target, 'ro'), ...this.variableOf(mount) };
  }

  /** That of the first agent is set whether the client has one or not. */
  private variableOf({ target }: SshMount): ClientMount {
    if (this.hasVariable) return {};
    this.hasVariable = true;
    return { env: `SSH_AUTH_SOCK=${target}` };
  }

  /** A directory in memory that goes with the step. */
  private memory(): string {
    if (this.isMounted) return this.directory;
    mkdirSync(this.directory, { mode: 0o700 });
    mountFs('tmpfs', this.directory, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'mode=0711,size=16m');
    this.isMounted = true;
    this.held.defer(() => unmount(this.directory));
    return this.directory;
  }
}

function settle(path: string, { mode, uid, gid }: { mode: number; uid: number; gid: number }): void {
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

const bind = (source: string, destination: string, access: 'ro' | 'rw'): MountSpec => ({
  source,
  destination,
  type: 'bind',
  options: ['bind', 'rprivate', 'nosuid', 'nodev', 'noexec', access],
});
