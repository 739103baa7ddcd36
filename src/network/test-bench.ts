import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { EventBus, NewEvent } from '../events/types.ts';
import { openDatabase } from '../lib/database.ts';
import { exec, ExecError, start } from '../lib/exec.ts';
import { randomId } from '../lib/id.ts';
import { silentLogger } from '../lib/log.ts';
import { type NetworkSettings, openNetworks } from './open-networks.ts';
import type { Networks, Sandbox, SandboxSpec } from './types.ts';

export type ChildProcess = ReturnType<typeof start>;

/** Docker's pools are too few for all engines that may be tested at once. */
const manySubnets = [{ base: '10.128.0.0/10', size: 24 }];

/** Real networks with a table and interfaces of their own, for tests. Needs root. `await using` removes all of it. */
export class NetworkBench implements AsyncDisposable {
  readonly name: string;
  readonly events: readonly NewEvent[];
  readonly networks: Networks;
  readonly directory: string;
  private readonly settings: NetworkSettings;
  private readonly processes: ChildProcess[] = [];

  private constructor(directory: string, settings: NetworkSettings, events: NewEvent[], networks: Networks) {
    this.name = settings.name ?? 'lading';
    this.events = events;
    this.directory = directory;
    this.settings = settings;
    this.networks = networks;
  }

  /** `directory`: of an earlier bench, whose records are taken over; `running`: its containers. */
  static async open(
    overrides: Partial<NetworkSettings> = {},
    directory: string = mkdtempSync(join(tmpdir(), 'lading-network-')),
    running: ReadonlyMap<string, { pid: number }> = new Map(),
  ): Promise<NetworkBench> {
    const name = `ladt${process.pid}`;
    const database = openDatabase(join(directory, 'state.db'));
    const events: NewEvent[] = [];
    const settings = {
      database,
      events: fakeBus(events),
      logger: silentLogger,
      name,
      poolSize: 2,
      defaultAddressPools: manySubnets,
      ...overrides,
    };
    const networks = await openNetworks(settings);
    await networks.recover(running);
    return new NetworkBench(directory, settings, events, networks);
  }

  open(spec: Partial<SandboxSpec> = {}): Promise<Sandbox & { containerId: string }> {
    const containerId = spec.containerId ?? randomId();
    const whole = {
      containerId,
      containerName: `c-${containerId.slice(0, 6)}`,
      endpoints: [{ network: 'bridge' }],
      ports: [],
      dns: {},
      ...spec,
    };
    return this.networks.open(whole).then((sandbox) => ({ ...sandbox, containerId }));
  }

  /** Runs a program in a sandbox to its end; its standard output. */
  async run(sandbox: { netnsPath: string }, program: string, ...args: string[]): Promise<string> {
    return (await exec('nsenter', [`--net=${sandbox.netnsPath}`, program, ...args])).stdout;
  }

  /** Starts a program in a sandbox; its pid. It is killed at the end. */
  async start(sandbox: { netnsPath: string }, program: string, ...args: string[]): Promise<number> {
    const child = start('nsenter', [`--net=${sandbox.netnsPath}`, program, ...args], { stdio: 'ignore' });
    await once(child, 'spawn');
    this.processes.push(child);
    while (readlinkSync(`/proc/${child.pid}/exe`).endsWith('nsenter')) await sleep(2);
    return child.pid ?? 0;
  }

  /** An HTTP server in a sandbox that answers `text` at `/`. */
  async serve(sandbox: { netnsPath: string }, port: number, text: string): Promise<number> {
    const root = mkdtempSync(join(this.directory, 'www-'));
    await exec('tee', [join(root, 'index.html')], { input: text });
    const pid = await this.start(sandbox, 'busybox', 'httpd', '-f', '-p', String(port), '-h', root);
    await until(() => this.run(sandbox, 'busybox', 'wget', '-q', '-O', '-', `http://127.0.0.1:${port}/`));
    return pid;
  }

  /** What an HTTP server answers, asked from a sandbox: `refused` or `silence` when it does not. */
  get(sandbox: { netnsPath: string }, url: string): Promise<string> {
    return this.run(sandbox, 'timeout', '1.5', 'busybox', 'wget', '-q', '-O', '-', url).catch((error) =>
      error instanceof ExecError && error.status === 124 ? 'silence' : 'refused',
    );
  }

  /** Ends a program that `start` started. */
  async kill(pid: number): Promise<void> {
    const child = this.processes.find((each) => each.pid === pid);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Everything of this engine in the kernel, as text that can be compared. */
  async kernelState(): Promise<string> {
    const table = await exec('nft', ['list', 'table', 'inet', this.name], { okStatus: [0, 1] });
    const own = (await this.links()).filter((line) => !/ state DOWN /.test(line));
    return [...own.map((line) => line.replace(/^\d+: |state \w+/g, '')), table.stdout].join('\n');
  }

  /** The links of this engine on the host, one a line. */
  async links(): Promise<string[]> {
    const stem = this.networks.get('bridge').bridge.slice(0, -1);
    const { stdout } = await exec('ip', ['-o', 'link']);
    return stdout.split('\n').filter((line) => line.includes(` ${stem}`));
  }

  /** Waits until the default bridge stands and the pool is full: then descriptors and links can be counted. */
  async settle(): Promise<void> {
    const { bridge } = this.networks.get('bridge');
    await until(async () => {
      if (!(await this.kernelState()).includes(`elements = { "${bridge}"`)) throw new Error('not there yet');
    });
    for (let before = -1; before !== openDescriptors();) {
      before = openDescriptors();
      await sleep(150);
    }
  }

  get database(): DatabaseSync {
    return this.settings.database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.processes) await this.kill(pid ?? 0);
    await this.networks.close({ purge: true });
    this.database.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A machine behind the host: a namespace whose only way is a link to the host. */
export class Outside implements AsyncDisposable {
  readonly hostAddress: string;
  readonly address: string;
  readonly netnsPath: string;
  private readonly link: string;
  private readonly holder: ChildProcess;

  private constructor(holder: ChildProcess, link: string, subnet: string) {
    this.holder = holder;
    this.link = link;
    this.netnsPath = `/proc/${holder.pid}/ns/net`;
    this.hostAddress = `${subnet}.1`;
    this.address = `${subnet}.2`;
  }

  static async open(): Promise<Outside> {
    const holder = start('unshare', ['--net', 'busybox', 'sleep', '600'], { stdio: 'ignore' });
    await once(holder, 'spawn');
    const pid = String(holder.pid);
    await until(() => {
      if (readlinkSync(`/proc/${pid}/exe`).endsWith('unshare')) throw new Error('not there yet');
    });
    const link = `out${process.pid}`;
    const outside = new Outside(holder, link, `10.23${process.pid % 10}.${(process.pid >> 4) % 256}`);
    await exec('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid]);
    await exec('ip', ['address', 'add', `${outside.hostAddress}/30`, 'dev', link]);
    await exec('ip', ['link', 'set', link, 'up']);
    const inside = (...args: string[]) => exec('nsenter', [`--net=${outside.netnsPath}`, 'ip', ...args]);
    await inside('address', 'add', `${outside.address}/30`, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('route', 'add', 'default', 'via', outside.hostAddress);
    return outside;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await exec('ip', ['link', 'delete', this.link], { okStatus: [0, 1] });
    this.holder.kill('SIGKILL');
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries again until `work` does not throw, for a minute: the machine may be busy. */
export async function until<T>(work: () => Promise<T> | T): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(10);
    }
  }
}

/** Descriptors that this process has open. */
export const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

function fakeBus(events: NewEvent[]): EventBus {
  return {
    publish: (event) => {
      events.push(event);
      return { ...event, timeNano: 0n };
    },
    read: () => {
      throw new Error('not used');
    },
    listen: () => () => {},
  };
}
