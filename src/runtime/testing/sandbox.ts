import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomId } from '../../lib/id.ts';
import type { ConmonRuntime } from '../conmon-runtime.ts';
import { openRuntime } from '../open-runtime.ts';
import { defaultCapabilities } from '../spec/capability-names.ts';
import type { BundleSpec, CreateOptions, ProcessSpec, RunningContainer } from '../types.ts';

/** A runtime with directories of its own and a busybox root file system, for tests that run real containers. */
export class Sandbox implements AsyncDisposable {
  readonly root: string;
  readonly rootfs: string;
  private readonly ids: string[] = [];
  runtime: ConmonRuntime;

  private constructor(root: string, runtime: ConmonRuntime) {
    this.root = root;
    this.rootfs = join(root, 'rootfs');
    this.runtime = runtime;
  }

  static async make(runtimePath?: string): Promise<Sandbox> {
    const root = mkdtempSync('/tmp/ladr-');
    makeRootfs(join(root, 'rootfs'));
    return new Sandbox(root, await openSandboxRuntime(root, runtimePath));
  }

  bundle(id: string): string {
    return join(this.root, 'c', id.slice(0, 12));
  }

  log(id: string): string {
    return join(this.root, `${id.slice(0, 12)}.log`);
  }

  /** Options for a container that runs `args`; its id is new. */
  options(args: readonly string[], change: Change = {}): CreateOptions {
    const id = change.spec?.id ?? randomId();
    this.ids.push(id);
    return {
      bundle: this.bundle(id),
      logPath: this.log(id),
      spec: { ...makeSpec(id, this.rootfs, args), ...change.spec },
      stdin: change.stdin ?? false,
      stdinOnce: change.stdinOnce ?? true,
    };
  }

  /** Creates and starts. */
  async run(args: readonly string[], change: Change = {}): Promise<RunningContainer> {
    const container = await this.runtime.create(this.options(args, change));
    await this.runtime.start(container.id);
    return container;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.ids) await this.runtime.delete(id, this.bundle(id));
    this.runtime.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Change {
  readonly spec?: Partial<BundleSpec>;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
}

export async function openSandboxRuntime(root: string, runtimePath?: string): Promise<ConmonRuntime> {
  return await openRuntime({
    stateDir: join(root, 'r'),
    exitsDir: join(root, 'exits'),
    bundlesDir: join(root, 'c'),
    ...(runtimePath !== undefined && { runtimePath }),
  });
}

/** A process of root in a busybox container. */
export function makeTestProcess(args: readonly string[], change: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    args,
    env: ['PATH=/bin'],
    cwd: '/',
    user: { uid: 0, gid: 0, additionalGids: [], home: '/root', name: 'root' },
    tty: false,
    capabilities: defaultCapabilities,
    noNewPrivileges: false,
    ...change,
  };
}

export function makeSpec(id: string, rootfs: string, args: readonly string[]): BundleSpec {
  const own = { mode: 'private' } as const;
  return {
    id,
    rootfs,
    readonlyRootfs: false,
    hostname: 'box',
    domainname: '',
    process: makeTestProcess(args),
    mounts: [],
    shmSize: 64 << 20,
    privileged: false,
    namespaces: { network: own, pid: own, ipc: own, uts: own, cgroup: { mode: 'host' } },
    resources: {},
    devices: [],
    sysctls: {},
    seccomp: 'default',
    init: false,
  };
}

const applets =
  'sh echo true false sleep cat ls id env stty kill yes head dd wc hostname ps mount touch trap printf tty';

function makeRootfs(rootfs: string): void {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'run', 'sbin']) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const name of applets.split(' ')) symlinkSync('busybox', join(rootfs, 'bin', name));
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  );
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nalice:x:1000:\nstaff:x:50:alice\n');
}
