import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildCall } from '../../src/wire/build.ts';
import { hasCode } from '../../src/lib/errors.ts';
import { exec, start } from '../../src/lib/exec.ts';
import { findDocker, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

/** A reason to skip: what is driven is the real buildx. */
async function needsBuildx(): Promise<{ skip: string | false }> {
  const docker = findDocker();
  if ('skip' in docker) return docker;
  const { status } = await exec(docker.path, ['buildx', 'version'], { okStatus: [0, 1, 125] });
  return { skip: status !== 0 && 'docker has no buildx here' };
}

const buildx = await needsBuildx();

/** Outputs that are stopped in their middle: by a client that reads no further, or a registry that answers no more. */
describe('what comes of a build, interrupted', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let folder: string;
  let registry: StallingRegistry;
  let fresh: Readonly<Record<string, readonly string[]>>;

  before(async () => {
    [engine, registry] = await Promise.all([startTestEngine(), StallingRegistry.start()]);
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-interrupted-'));
    // what no compressor makes small enough for the buffers between an engine and its client
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM busybox\nRUN head -c 30000000 /dev/urandom >/big\nRUN head -c 30000000 /dev/urandom >/more\n',
    );
    // archives of layers are kept for the next time, so they are made before
    const { status, stderr } = await lade(engine, ['build', '-o', 'type=oci,dest=/dev/null', folder]);
    assert.equal(status, 0, stderr);
    fresh = state();
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    registry?.[Symbol.dispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  /** All that an output could leave, by place. */
  function state(): Readonly<Record<string, readonly string[]>> {
    const within = (...names: readonly string[]): string[] => {
      const path = join(...names);
      return existsSync(path) ? readdirSync(path).toSorted() : [];
    };
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return {
      snapshots: within(engine.dataRoot, 'snapshots'),
      'partial blobs': within(engine.dataRoot, 'content/ingest'),
      // documents of a few bytes go with the next image that is removed or loaded
      blobs: within(engine.dataRoot, 'content/sha256').filter(
        (name) => statSync(join(engine.dataRoot, 'content/sha256', name)).size > 100_000,
      ),
      layers: within(engine.dataRoot, 'layers'),
      temporary: within(engine.dataRoot, 'build/tmp'),
      contexts: within(engine.dataRoot, 'build/uploads'),
      bundles: within(engine.runRoot, 'c'),
      mounts: mounts.filter((line) => line.includes(engine.dataRoot) || line.includes(engine.runRoot)),
    };
  }

  async function nothingIsLeft(what: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (JSON.stringify(state()) === JSON.stringify(fresh)) break;
      await sleep(50);
    }
    assert.deepEqual(state(), fresh, what);
  }

  /** Asks for a build, and reads the answer until some of an output has come. */
  async function stall(call: Partial<BuildCall>): Promise<IncomingMessage> {
    const { dev, ino } = statSync(folder);
    const body: BuildCall = {
      context: { kind: 'directory', path: folder, identity: `${dev}:${ino}` },
      dockerfile: {},
      ...call,
    };
    const sent = request({ socketPath: engine.socket, method: 'POST', path: '/lading/build', agent: false });
    sent.on('error', () => {});
    sent.end(`${JSON.stringify(body)}\n`);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.on('error', () => {});
    if (call.outputs?.[0]?.attributes['push'] === 'true') {
      answer.resume();
      await registry.asked();
      return answer;
    }
    let told = '';
    for await (const chunk of answer.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      told = (told + chunk.toString('latin1')).slice(-100_000);
      if (told.includes('"type":"data"')) break;
      assert.doesNotMatch(told, /"type":"(?:failed|done)"/);
    }
    answer.pause();
    return answer;
  }

  const output = (type: string, attributes: Record<string, string> = {}): Partial<BuildCall> => ({
    outputs: [{ type, attributes }],
  });
  const outputs: Readonly<Record<string, () => Partial<BuildCall>>> = {
    'an archive': () => output('oci', { 'force-compression': 'true' }),
    'a layout': () => output('oci', { tar: 'false' }),
    files: () => output('local'),
    'a tarball of files': () => output('tar'),
    'a push': () => ({
      ...output('image', { push: 'true', store: 'false', name: `${registry.host}/x:1` }),
      attributes: { 'attest:provenance': 'mode=min' },
    }),
    'a cache': () => ({
      cacheTo: [{ type: 'local', attributes: { dest: '/none', mode: 'max' } }],
      ...output('local'),
    }),
  };

  for (const [name, call] of Object.entries(outputs)) {
    test(`${name}: a client that hangs up, an engine that is killed, and the next one`, async () => {
      (await stall(call())).destroy();
      await nothingIsLeft('of a client that hung up');
      const answer = await stall(call());
      await engine.stop('SIGKILL');
      answer.destroy();
      await engine.start();
      await nothingIsLeft('of an engine that was killed');
    });
  }

  test('afterwards all of it works, and a client that is told to stop leaves no half of a file', async () => {
    const file = join(folder, 'out.tar');
    const { status, stderr } = await lade(engine, [
      'build',
      '-o',
      `type=oci,dest=${file}`,
      '-o',
      `${folder}/tree`,
      folder,
    ]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /RUN head .*\n#\d+ CACHED/);
    assert.ok(statSync(file).size > 60_000_000);
    assert.equal(statSync(join(folder, 'tree/big')).size, 30_000_000);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    );
    rmSync(file);
    rmSync(join(folder, 'tree'), { recursive: true });
    await nothingIsLeft('of a build that was done');
  });

  test('the same by buildx', buildx, async () => {
    const docker = findDocker();
    assert.ok('path' in docker);
    const { path } = docker;
    const args = (...output: readonly string[]) => ['buildx', 'build', ...output, folder];
    const first = await engine.docker(...args('-o', 'type=oci,dest=/dev/null'));
    assert.equal(first.status, 0, first.stderr.toString());
    fresh = state(); // the context that came is kept for the next time
    const stalls: readonly (() => Promise<ReturnType<typeof start>>)[] = [
      async () => {
        const child = start(path, args('-o', 'type=oci,dest=-'), {
          env: engine.env,
          stdio: ['ignore', 'pipe', 'ignore'],
          detached: true,
        });
        await once(child.stdout ?? assert.fail(), 'readable'); // and nobody reads it
        return child;
      },
      async () => {
        const asked = registry.asked();
        const child = start(path, args('-o', `type=image,push=true,store=false,name=${registry.host}/y:1`), {
          env: engine.env,
          stdio: 'ignore',
          detached: true,
        });
        await asked;
        return child;
      },
    ];
    // buildx is a program beside docker's; both may have seen the end of their engine, and gone
    const killGroup = ({ pid = 0 }: ReturnType<typeof start>): void => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        if (!hasCode(error, 'ESRCH')) throw error;
      }
    };
    for (const [index, stalled] of stalls.entries()) {
      killGroup(await stalled());
      await nothingIsLeft(`of a client that died (${index})`);
      const child = await stalled();
      await engine.stop('SIGKILL');
      killGroup(child);
      await engine.start();
      await nothingIsLeft('of an engine that was killed');
    }
  });
});

/** A registry that takes the beginning of an upload and then says no more. */
class StallingRegistry implements Disposable {
  private readonly server = createServer((asked, answer) => {
    if (asked.method === 'POST') answer.writeHead(202, { location: `${asked.url}1` }).end();
    else if (asked.method === 'PATCH' || asked.method === 'PUT') this.wake();
    else if (asked.url === '/v2/') answer.end('{}');
    else answer.writeHead(404).end();
  });
  private wake: () => void = () => {};

  static async start(): Promise<StallingRegistry> {
    const registry = new StallingRegistry();
    await once(registry.server.listen(0, '127.0.0.1'), 'listening');
    return registry;
  }

  get host(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Settles when content is being sent. */
  asked(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  [Symbol.dispose](): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
