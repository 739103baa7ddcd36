import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { exec, type ExecResult } from '../../src/lib/exec.ts';
import { findDocker, launcher as lade, needs, startTestEngine, type TestEngine } from './harness.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

/** A reason to skip: these tests drive the real buildx. */
async function needsBuildx(): Promise<{ skip: string | false }> {
  const needed = needs('docker', 'root', 'busybox');
  const docker = findDocker();
  if (needed.skip || 'skip' in docker) return needed;
  const { status } = await exec(docker.path, ['buildx', 'version'], { okStatus: [0, 1, 125] });
  return { skip: status !== 0 && 'docker has no buildx here' };
}

const dockerfile = `FROM busybox AS build
COPY a /a
RUN cat /a >/out && date +%N >/stamp
FROM busybox
RUN date +%N >/own
COPY --from=build /out /final
CMD ["sh"]
`;
const anyStatus = Array.from({ length: 256 }, (_, status) => status);

/** How many RUN and COPY were done, of those that the log of a build tells. */
function ranIn(log: string): number {
  const steps = [...log.matchAll(/^#(\d+) \[[^\]]*\] (?:RUN|COPY) /gm)].map(([, number]) => number);
  const cached = new Set([...log.matchAll(/^#(\d+) CACHED$/gm)].map(([, number]) => number));
  assert.ok(steps.length > 0, log);
  return new Set(steps.filter((number) => !cached.has(number))).size;
}

describe('the build cache by docker buildx', await needsBuildx(), () => {
  let warm: TestEngine;
  let cold: TestEngine;
  let registry: TestRegistry;
  const work = mkdtempSync(join(tmpdir(), 'lade-cache-'));
  const context = join(work, 'context');

  before(async () => {
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    writeFileSync(join(context, 'a'), 'A\n');
    const settings = join(work, 'engine.json');
    const policy = [{ filter: ['type=regular'], maxUsedSpace: '200kB' }];
    writeFileSync(settings, JSON.stringify({ builder: { gc: { policy } } }));
    [warm, cold, registry] = await Promise.all([
      startTestEngine(),
      startTestEngine(['--config-file', settings]),
      startTestRegistry(),
    ]);
    await Promise.all([warm.load('busybox'), cold.load('busybox')]);
  });
  after(async () => {
    await Promise.all([warm, cold, registry].map((part) => part?.[Symbol.asyncDispose]()));
    rmSync(work, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await docker(cold, 'image', 'rm', '-f', 'app');
    await buildx(cold, 'prune', '-af');
  });

  function docker(engine: TestEngine, ...args: string[]): Promise<ExecResult> {
    const found = findDocker();
    if ('skip' in found) throw new Error(found.skip);
    // a builder that somebody chose on this machine is not meant
    const env = {
      ...engine.env,
      DOCKER_BUILDKIT: '1',
      BUILDX_CONFIG: join(work, 'buildx'),
      BUILDX_BUILDER: 'default',
    };
    return exec(found.path, args, { env, okStatus: anyStatus });
  }

  async function buildx(engine: TestEngine, ...args: string[]): Promise<string> {
    const { stdout, stderr, status } = await docker(engine, 'buildx', ...args);
    assert.equal(status, 0, stderr);
    return stdout + stderr;
  }

  /** Its log, and the steps that were not cached. */
  async function build(engine: TestEngine, ...args: string[]): Promise<{ log: string; ran: number }> {
    const log = await buildx(engine, 'build', '--progress=plain', ...args, context);
    return { log, ran: ranIn(log) };
  }

  const idOf = async (engine: TestEngine, image: string): Promise<string> =>
    (await docker(engine, 'image', 'inspect', '--format', '{{.Id}}', image)).stdout.trim();

  test('of a registry is hit in all steps by an engine that has none, and gives the same image', async () => {
    const ref = `${registry.host}/cache:max`;
    const { log } = await build(warm, '-t', 'app', '--cache-to', `type=registry,ref=${ref},mode=max`);
    assert.match(log, /exporting cache to registry/);
    assert.match(log, /writing cache manifest sha256:/);
    const again = await build(cold, '-t', 'app', '--cache-from', `type=registry,ref=${ref}`);
    assert.match(again.log, /importing cache manifest from/);
    assert.equal(again.ran, 0, again.log);
    assert.equal(await idOf(cold, 'app'), await idOf(warm, 'app'));
  });

  test('of a directory of the client, as a manifest by zstd and as an index', async () => {
    for (const more of ['compression=zstd,force-compression=true', 'image-manifest=false']) {
      const directory = join(work, more.replace(/\W/g, ''));
      await build(warm, '--cache-to', `type=local,dest=${directory},mode=max,${more}`);
      assert.ok(readdirSync(join(directory, 'blobs/sha256')).length >= 4);
      const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
      assert.equal(index.manifests.length, 1);
      await buildx(cold, 'prune', '-af');
      const { log, ran } = await build(cold, '--cache-from', `type=local,src=${directory}`);
      assert.equal(ran, 0, log);
    }
  });

  for (const [name, flags] of Object.entries({
    'by --cache-to type=inline': ['--cache-to', 'type=inline'],
    'by BUILDKIT_INLINE_CACHE': ['--build-arg', 'BUILDKIT_INLINE_CACHE=1'],
  }))
    test(`of an image, ${name}`, async () => {
      const ref = `${registry.host}/inline:${flags.length}${name.length}`;
      await build(warm, '-t', ref, '--push', ...flags);
      const { log, ran } = await build(cold, '-t', 'app', '--cache-from', ref);
      assert.equal(ran, 0, log);
    });

  test("that can't be read is told, and the build goes on", async () => {
    const { log } = await build(cold, '-t', 'app', '--cache-from', `${registry.host}/none`);
    assert.match(
      log,
      /importing cache manifest from \S+none[^]*ERROR: failed to configure registry cache importer: /,
    );
  });

  test('of other kinds is told with the kinds there are: not written it is an error, not read it is none', async () => {
    for (const [flag, cache, failed] of [
      ['--cache-to', 'type=azblob,account_url=x,name=y', true],
      ['--cache-from', 'type=other,x=y', false],
    ] as const) {
      const { status, stderr } = await docker(
        warm,
        'buildx',
        'build',
        '--progress=plain',
        flag,
        cache,
        context,
      );
      assert.equal(status !== 0, failed, stderr);
      assert.match(
        stderr,
        /cache (export|import) of type "\w+" is not supported by this engine: use .*local/,
      );
    }
  });

  test('counts contents and modes, not times; --no-cache-filter is about one stage', async () => {
    await build(warm, '-t', 'app');
    utimesSync(join(context, 'a'), 1, 1);
    assert.equal((await build(warm)).ran, 0);
    const { log, ran } = await build(warm, '--no-cache-filter', 'build');
    assert.equal(ran, 2, log);
    assert.match(log, /not cached: --no-cache-filter build/);
    assert.equal((await build(warm, '--no-cache')).ran, 4);
  });

  test('survives an engine that is killed in the middle of a build', async () => {
    const slow = join(work, 'slow');
    mkdirSync(slow);
    writeFileSync(join(slow, 'Dockerfile'), 'FROM busybox\nRUN date +%N >/first\nRUN sleep 60\n');
    const building = docker(cold, 'buildx', 'build', slow);
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(100))
      if ((await buildx(cold, 'du', '--verbose')).includes('/first')) break;
    await cold.stop('SIGKILL');
    await building;
    await cold.start();
    writeFileSync(join(slow, 'Dockerfile'), 'FROM busybox\nRUN date +%N >/first\nRUN true\n');
    const { stderr } = await docker(cold, 'buildx', 'build', '--progress=plain', slow);
    assert.equal(ranIn(stderr), 1, stderr);
  });

  test('is listed and pruned by type, id and age, and tells its policies', async () => {
    writeFileSync(
      join(work, 'Mount'),
      'FROM busybox\nRUN --mount=type=cache,id=stuff,target=/c head -c 100000 /dev/urandom >/c/x\n',
    );
    await build(cold, '-f', join(work, 'Mount'));
    const mounts = await buildx(cold, 'du', '--verbose', '--filter', 'type=exec.cachemount');
    assert.match(mounts, /Description:\s+cache mount stuff/);
    assert.match(mounts, /Mutable:\s+true/);
    assert.equal([...mounts.matchAll(/^ID:/gm)].length, 1);
    assert.match(await buildx(cold, 'prune', '-f', '--filter', 'until=1h'), /Total:\s+0B/);
    const id = /^ID:\s+(\w+)/m.exec(mounts)?.[1] ?? '';
    const pruned = await buildx(cold, 'prune', '-f', '--filter', `id=${id}`);
    assert.equal(pruned.split('\n').filter((line) => line.includes(id)).length, 1);
    assert.doesNotMatch(await buildx(cold, 'du'), new RegExp(id));
    await buildx(cold, 'prune', '-af', '--max-used-space', '1GB');
    assert.match(await buildx(cold, 'du', '--verbose'), /RUN --mount/);
    const policy = await buildx(cold, 'inspect');
    assert.match(policy, /Filters:\s+type==regular[^]*Max Used Space:\s+200KiB/);
  });

  test('is pruned down to limits, what they reserve stays, the oldest goes first', async () => {
    const names = ['one', 'two', 'three'];
    await buildx(warm, 'prune', '-af');
    for (const name of names) {
      writeFileSync(join(work, name), `FROM busybox\nRUN head -c 1500000 /dev/urandom >/${name}\n`);
      await build(warm, '-f', join(work, name), '--output', 'type=cacheonly');
    }
    // what Docker leaves of the three
    for (const [flags, expected] of [
      [['--max-used-space', '10MB', '--min-free-space', '1MB'], names],
      [['--max-used-space', '1', '--reserved-space', '10MB'], names],
      [
        ['--max-used-space', '1', '--reserved-space', '3.5MB'],
        ['two', 'three'],
      ],
      [['--min-free-space', '100TB', '--reserved-space', '2MB'], ['three']],
      [['--reserved-space', '2MB'], ['three']],
      [['--min-free-space', '100TB'], []],
    ] as const) {
      await buildx(warm, 'prune', '-af', ...flags);
      const usage = await buildx(warm, 'du', '--verbose');
      const left = names.filter((name) => usage.includes(`>/${name}`));
      assert.deepEqual(left, expected, flags.join(' '));
    }
  });

  test('is kept within its limits after builds, the oldest first', async () => {
    const text = (name: string): string => `FROM busybox\nRUN head -c 150000 /dev/urandom >/${name}\n`;
    for (const name of ['one', 'two']) {
      writeFileSync(join(work, 'Large'), text(name));
      await build(cold, '-f', join(work, 'Large'), '--output', 'type=cacheonly');
    }
    let usage = '';
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(250)) {
      usage = await buildx(cold, 'du', '--verbose');
      if (!usage.includes('/one')) break;
    }
    assert.match(usage, /\/two/);
    assert.doesNotMatch(usage, /\/one/);
  });

  test('has mounts that go from one engine to another', async () => {
    const run = (engine: TestEngine, ...args: string[]): Promise<ExecResult> =>
      exec(lade, ['builder', 'cache', ...args], { env: engine.env, okStatus: anyStatus });
    writeFileSync(
      join(work, 'Fill'),
      'FROM busybox\nRUN --mount=type=cache,id=moved,target=/c,uid=7,mode=0750 echo content >/c/x; ln -s x /c/l\n',
    );
    await build(warm, '-f', join(work, 'Fill'));
    const file = join(work, 'moved.tar');
    assert.equal((await run(warm, 'export', 'moved', file)).status, 0);
    const imported = await run(cold, 'import', 'moved', file);
    assert.equal(imported.status, 0, imported.stderr);
    assert.match((await run(cold, 'ls')).stdout, /moved/);
    writeFileSync(
      join(work, 'Use'),
      'FROM busybox\nRUN --mount=type=cache,id=moved,target=/c,uid=7,mode=0750 cat /c/l; stat -c "%u %a" /c\n',
    );
    const { log } = await build(cold, '-f', join(work, 'Use'));
    assert.match(log, /content/);
    assert.match(log, /7 750/);
    writeFileSync(file, 'no archive');
    assert.match((await run(cold, 'import', 'moved', file)).stderr, /invalid tar archive/);
    assert.equal((await run(cold, 'rm', 'moved')).status, 0);
    const missing = await run(cold, 'export', 'moved', file);
    assert.deepEqual(
      [missing.status, missing.stderr.trim()],
      [1, 'Error response from daemon: No such cache mount: moved'],
    );
  });
});
