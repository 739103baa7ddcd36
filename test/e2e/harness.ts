import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../src/lib/compression.ts';
import { exec, type ExecResult, start } from '../../src/lib/exec.ts';
import { unmount } from '../../src/kernel/mount.ts';

const project = join(import.meta.dirname, '../..');
await exec(join(project, 'scripts/bundle'), []);

/** The command `lade` of this checkout, made of its sources as they are now. */
export const launcher = join(project, 'bin/lade');
const bases = join(project, '.cache/bases');

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real engine in temporary roots, with a name of its own, so that it disturbs no other. */
export interface TestEngine extends AsyncDisposable {
  readonly name: string;
  readonly socket: string;
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly dataRoot: string;
  readonly runRoot: string;
  readonly log: string;
  /** Environment in which `docker` and `lade` talk to this engine. */
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  start(): Promise<void>;
  /** Ends the engine by a signal and waits until it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  request(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
  docker(...args: readonly string[]): Promise<ExecResult>;
  /** Loads one of the base images of `make bases`. */
  load(image: string): Promise<void>;
}

/** The docker CLI that tests drive, or why there is none. */
export function findDocker(): { path: string } | { skip: string } {
  const path = process.env['DOCKER_CLI'] ?? findProgram('docker');
  return path === undefined ? { skip: 'no docker CLI on this machine (PATH, DOCKER_CLI)' } : { path };
}

/** A reason to skip a test, in the form that `node:test` takes. */
export function needs(...wants: ('docker' | 'root' | 'busybox' | 'debian')[]): { skip: string | false } {
  for (const want of wants) {
    if (want === 'root' && process.getuid?.() !== 0) return { skip: 'needs root' };
    const docker = want === 'docker' ? findDocker() : undefined;
    if (docker && 'skip' in docker) return docker;
    if ((want === 'busybox' || want === 'debian') && !existsSync(join(bases, `${want}.tar`)))
      return { skip: `base image ${want} is missing: make bases` };
  }
  return { skip: false };
}

interface EngineOptions {
  /** Where an earlier engine had its data. */
  readonly dataRoot?: string;
  /** Another `lade` than that of this checkout. */
  readonly program?: string;
}

/** Starts an engine and waits until it answers. Hold it with `await using`: everything it made is removed, also after a failure. */
export async function startTestEngine(
  flags: readonly string[] = [],
  options: EngineOptions = {},
): Promise<TestEngine> {
  const engine = new EngineProcess(flags, options);
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

class EngineProcess implements TestEngine {
  readonly name = `e2e-${randomBytes(3).toString('hex')}`;
  readonly root = mkdtempSync(join(tmpdir(), 'lade-'));
  readonly dataRoot: string;
  readonly runRoot = join(this.root, 'run');
  readonly socket = join(this.runRoot, 'engine.sock');
  readonly host = `unix://${this.socket}`;
  readonly log = join(this.root, 'engine.log');
  readonly env: NodeJS.ProcessEnv;
  /** What tells this engine from others; the rest of its flags may be wrong on purpose. */
  private readonly own: readonly string[];
  private readonly flags: readonly string[];
  private readonly program: string;
  private child: ReturnType<typeof start> | undefined;

  constructor(flags: readonly string[], { dataRoot, program = launcher }: EngineOptions) {
    this.program = program;
    this.dataRoot = dataRoot ?? join(this.root, 'data');
    this.own = [
      '--name',
      this.name,
      '--data-root',
      this.dataRoot,
      '--run-root',
      this.runRoot,
      '--host',
      this.host,
    ];
    this.flags = [...this.own, ...flags];
    this.env = { ...process.env, DOCKER_HOST: this.host, DOCKER_BUILDKIT: '0', LADE_HOST: this.host };
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async start(): Promise<void> {
    mkdirSync(this.runRoot, { recursive: true });
    const log = openSync(this.log, 'a');
    this.child = start(this.program, ['engine', ...this.flags], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    for (
      const deadline = Date.now() + 15_000;
      Date.now() < deadline && this.child.exitCode === null;
      await sleep(10)
    )
      if (await answers(this.socket)) return;
    throw new Error(`the engine did not start:\n${readFileSync(this.log, 'utf8').slice(-4000)}`);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }

  async request(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request({ socketPath: this.socket, method, path, headers, agent: false });
    sent.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  }

  docker(...args: readonly string[]): Promise<ExecResult> {
    const docker = findDocker();
    if ('skip' in docker) throw new Error(docker.skip);
    return exec(docker.path, args, {
      env: this.env,
      okStatus: Array.from({ length: 256 }, (_, status) => status),
    });
  }

  async load(image: string): Promise<void> {
    const content = readFileSync(join(bases, `${image}.tar`));
    const sent = request({ socketPath: this.socket, method: 'POST', path: '/images/load', agent: false });
    sent.end(content);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 200 || answer.includes('errorDetail'))
      throw new Error(`cannot load ${image}: ${answer}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.removeContainers();
      await this.stop();
      await this.purge();
    } finally {
      await this.stop('SIGKILL');
      unmountBelow(this.root);
      rmSync(this.root, { recursive: true, force: true });
    }
  }

  /** Containers outlive their engine, so a dead one is started again to remove them. */
  private async removeContainers(): Promise<void> {
    if (!existsSync(join(this.dataRoot, 'state.db'))) return;
    if (!(await answers(this.socket))) await this.start().catch(() => {});
    if (!(await answers(this.socket))) return;
    const { body } = await this.request('GET', '/containers/json?all=1');
    for (const { Id } of JSON.parse(body) as { Id: string }[])
      await this.request('DELETE', `/containers/${Id}?force=1&v=1`);
  }

  /** Bridges and firewall rules stay when an engine stops. */
  private async purge(): Promise<void> {
    if (!existsSync(join(this.dataRoot, 'state.db'))) return;
    await exec(process.execPath, [join(project, 'scripts/purge-engine.ts'), ...this.own], {
      okStatus: [0, 1],
    });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function unmountBelow(root: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((point) => point.startsWith(`${root}/`));
  for (const point of points.toReversed()) unmount(point);
}
