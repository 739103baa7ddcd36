import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveGit } from '../../src/lib/testing/serve-git.ts';
import { exec, type ExecResult } from '../../src/lib/exec.ts';
import { findDocker, needs, startTestEngine, type TestEngine } from './harness.ts';

/** A reason to skip: no docker CLI, or none with buildx. */
async function needsBuildx(): Promise<{ skip: string | false }> {
  const found = needs('docker', 'root', 'busybox');
  const docker = findDocker();
  if (found.skip !== false || 'skip' in docker) return found;
  const { status } = await exec(docker.path, ['buildx', 'version'], { okStatus: [0, 1, 125] });
  return { skip: status === 0 ? false : 'the docker CLI has no buildx' };
}

describe('docker buildx', await needsBuildx(), () => {
  let engine: TestEngine;
  const root = mkdtempSync(join(tmpdir(), 'lade-buildx-'));
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  let contexts = 0;
  function context(files: Readonly<Record<string, string>>): string {
    const directory = join(root, String((contexts += 1)));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    return directory;
  }

  async function docker(args: readonly string[], input?: string): Promise<ExecResult> {
    const cli = findDocker();
    if ('skip' in cli) throw new Error(cli.skip);
    const env = {
      ...engine.env,
      DOCKER_BUILDKIT: '1',
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
      HOME: root,
      LADE_TEST_SECRET: 'loud',
    };
    const okStatus = Array.from({ length: 256 }, (_, each) => each);
    return exec(cli.path, args, { env, okStatus, ...(input !== undefined && { input }) });
  }

  /** Builds; returns what was printed. */
  async function build(args: readonly string[], input?: string): Promise<string> {
    const { status, stderr } = await docker(['buildx', 'build', '--progress=plain', ...args], input);
    assert.equal(status, 0, stderr);
    return stderr;
  }
  async function fail(args: readonly string[]): Promise<string> {
    const { status, stderr } = await docker(['buildx', 'build', '--progress=plain', ...args]);
    assert.equal(status, 1, stderr);
    return stderr;
  }
  const run = async (...args: string[]): Promise<string> =>
    (await docker(['run', '--rm', ...args])).stdout.trim();
  /** Without numbers, times and empty lines. */
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) =>
        line
          .replace(/^#\d+ /, '')
          .replace(/ \d+\.\d+s(?: done)?$/, '')
          .replace(/^\d+\.\d+ /, ''),
      )
      .filter((line) => line !== '');

  const simple = {
    Dockerfile: 'FROM busybox AS base\nARG V=1\nRUN echo "v $V" > /v\nFROM base AS app\nCOPY a /a\n',
    a: 'x',
  };

  test('an image, its progress, and cached steps', async () => {
    const directory = context(simple);
    const first = lines(await build(['-t', 'app:1', directory]));
    for (const line of [
      '[internal] load build definition from Dockerfile',
      '[internal] load metadata for docker.io/library/busybox:latest',
      '[internal] load .dockerignore',
      '[base 1/2] FROM docker.io/library/busybox:latest',
      '[base 2/2] RUN echo "v 1" > /v',
      '[app 1/1] COPY a /a',
      'exporting to image',
      'naming to docker.io/library/app:1 done',
    ])
      assert.ok(first.includes(line), `${line}\nin\n${first.join('\n')}`);
    assert.ok(!first.some((line) => line.startsWith('not cached')), first.join('\n'));
    const second = await build(['-t', 'app:1', directory]);
    assert.equal(second.match(/^#\d+ CACHED$/gm)?.length, 3, second);
    writeFileSync(join(directory, 'a'), 'changed');
    assert.match(await build(['-t', 'app:1', directory]), /not cached: a changed\n/);
    assert.equal(await run('app:1', 'cat', '/v', '/a'), 'v 1\nchanged');
  });

  test('--build-arg, --target, --label, --iidfile, --metadata-file, -q', async () => {
    const directory = context(simple);
    const ids = join(directory, 'id');
    const metadata = join(directory, 'metadata');
    await build([
      '--build-arg',
      'V=2',
      '--target',
      'base',
      '--label',
      'a=b',
      '--iidfile',
      ids,
      '--metadata-file',
      metadata,
      '-t',
      'target',
      directory,
    ]);
    const { stdout } = await docker([
      'image',
      'inspect',
      'target',
      '--format',
      '{{.Id}} {{.Config.Labels.a}}',
    ]);
    assert.equal(stdout.trim(), `${readFileSync(ids, 'utf8')} b`);
    const told = JSON.parse(readFileSync(metadata, 'utf8')) as Record<string, unknown>;
    assert.equal(told['containerimage.digest'], readFileSync(ids, 'utf8'));
    assert.equal(await run('target', 'cat', '/v'), 'v 2');
    const quiet = await docker([
      'buildx',
      'build',
      '-q',
      '--build-arg',
      'V=2',
      '--target',
      'base',
      '--label',
      'a=b',
      directory,
    ]);
    assert.equal(quiet.stdout.trim(), readFileSync(ids, 'utf8'));
  });

  test('--no-cache, --no-cache-filter, --pull of an image that is only here', async () => {
    const directory = context(simple);
    await build([directory]);
    assert.match(await build(['--no-cache', directory]), /not cached: --no-cache\n/);
    const filtered = await build(['--no-cache-filter', 'app', directory]);
    assert.match(filtered, /\[app 1\/1\] COPY a \/a\n#\d+ [\d.]+ not cached: --no-cache-filter app/);
    assert.match(filtered, /\[base 2\/2\] RUN echo "v 1" > \/v\n#\d+ CACHED/);
    await docker(['tag', 'busybox', '127.0.0.1:1/here']);
    const here = context({ Dockerfile: 'FROM 127.0.0.1:1/here\n' });
    await build([here]);
    assert.match(
      await fail(['--pull', here]),
      /failed to resolve source metadata for 127\.0\.0\.1:1\/here.*connection refused/,
    );
  });

  test('a Dockerfile from standard input, with and without a context', async () => {
    const directory = context({ f: 'here' });
    await build(['-t', 'stdin', '-f-', directory], 'FROM busybox\nCOPY f /f\n');
    assert.equal(await run('stdin', 'cat', '/f'), 'here');
    await build(['-t', 'alone', '-'], 'FROM busybox\nRUN echo alone > /f\n');
    assert.equal(await run('alone', 'cat', '/f'), 'alone');
  });

  test('networks, hosts, shared memory', async () => {
    const show =
      'FROM busybox\nRUN grep known /etc/hosts; df -k /dev/shm | tail -1; ulimit -n; ls /sys/class/net\n';
    const directory = context({ Dockerfile: show });
    const none = await build([
      '--network',
      'none',
      '--add-host',
      'known:10.1.2.3',
      '--shm-size',
      '5m',
      '--ulimit',
      'nofile=77:78',
      directory,
    ]);
    assert.match(none, /\d 77\n/);
    assert.match(none, /10\.1\.2\.3\s+known/);
    assert.match(none, /shm\s+5120 /);
    assert.doesNotMatch(none, /\beth0\b/);
    assert.match(await build([directory]), /\beth0\b/);
    const host = await build(['--network', 'host', '--allow', 'network.host', directory]);
    assert.match(host, /\blo\b/);
  });

  test('secrets from a file and the environment, an SSH agent, named contexts', async () => {
    const path = join(root, 'agent.sock');
    const agent: Server = createServer((socket) => socket.end('agent here')).listen(path);
    try {
      const directory = context({
        secret: 'hush',
        'other/f': 'from another',
        Dockerfile: [
          'FROM busybox',
          'RUN --mount=type=secret,id=one,required=true test "$(cat /run/secrets/one)" = hush',
          'RUN --mount=type=secret,id=two,env=TWO test "$TWO" = loud',
          'RUN --mount=type=ssh,required=true test -S "$SSH_AUTH_SOCK"',
          'COPY --from=other f /f',
          'COPY --from=known /bin/busybox /known',
        ].join('\n'),
      });
      await build([
        '--secret',
        `id=one,src=${directory}/secret`,
        '--secret',
        'id=two,env=LADE_TEST_SECRET',
        '--ssh',
        `default=${path}`,
        '--build-context',
        `other=${directory}/other`,
        '--build-context',
        'known=docker-image://busybox',
        '--build-context',
        'unused=http://127.0.0.1:1/none.git',
        '-t',
        'named',
        directory,
      ]);
      assert.equal(await run('named', 'cat', '/f'), 'from another');
    } finally {
      agent.close();
    }
  });

  test('outputs: a directory, an archive', async () => {
    const directory = context({ Dockerfile: 'FROM scratch\nCOPY f /d/f\n', f: 'out' });
    await build(['-o', join(directory, 'out'), directory]);
    assert.equal(readFileSync(join(directory, 'out/d/f'), 'utf8'), 'out');
    await build(['-o', `type=tar,dest=${directory}/out.tar`, directory]);
    const { stdout } = await exec('tar', ['-tf', `${directory}/out.tar`]);
    assert.deepEqual(stdout.trim().split('\n'), ['d/', 'd/f']);
  });

  for (const [what, Dockerfile, expected] of [
    [
      'a command that fails',
      'FROM busybox\nRUN echo last words && exit 7\n',
      [
        ' > [2/2] RUN echo last words && exit 7:',
        'Dockerfile:2',
        '   2 | >>> RUN echo last words && exit 7',
        'ERROR: failed to build: failed to solve: process "/bin/sh -c echo last words && exit 7" did not complete successfully: exit code: 7',
      ],
    ],
    [
      'a word that is no instruction',
      'FROM busybox\nRUNN x\n',
      [
        'Dockerfile:2',
        '   2 | >>> RUNN x',
        'ERROR: failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
      ],
    ],
    [
      'a file that is not there',
      'FROM busybox\nCOPY none /\n',
      [
        '   2 | >>> COPY none /',
        'ERROR: failed to build: failed to solve: failed to compute cache key: failed to calculate checksum of ref lading::context: "/none": not found',
      ],
    ],
  ] as const)
    test(`${what}: with an excerpt of the Dockerfile, each line once`, async () => {
      const printed = lines(await fail([context({ Dockerfile })]));
      for (const line of expected) assert.ok(printed.includes(line), `${line}\nin\n${printed.join('\n')}`);
      const errors = printed.filter((line) => line.startsWith('ERROR: failed to build'));
      assert.equal(errors.length, 1);
      assert.ok(!printed.some((line) => line.startsWith('not cached')), printed.join('\n'));
    });

  test('a Dockerfile that is not there', async () => {
    const printed = lines(await fail(['-f', 'none', context({ a: '' })]));
    const error = 'failed to read dockerfile: open none: no such file or directory';
    assert.ok(printed.includes(`ERROR: failed to build: failed to solve: ${error}`), printed.join('\n'));
  });

  test('--check, --call outline and targets', async () => {
    const directory = context({
      Dockerfile: '# the base\nFROM busybox as base\nARG V=1\nFROM base AS app\n',
    });
    const check = await docker(['buildx', 'build', '--check', directory]);
    assert.equal(check.status, 1);
    assert.match(check.stdout + check.stderr, /FromAsCasing/);
    const targets = await docker(['buildx', 'build', '--call', 'targets', directory]);
    assert.match(targets.stdout, /^base\s/m);
    assert.match(targets.stdout, /^app \(default\)/m);
    const outline = await docker(['buildx', 'build', '--call', 'outline', directory]);
    assert.match(outline.stdout, /^V\s+1/m);
    await build([
      '--platform',
      'linux/arm64',
      '-t',
      'of-arm',
      context({ Dockerfile: 'FROM scratch\nCOPY f /f\n', f: '' }),
    ]);
    const other = context({ Dockerfile: 'FROM of-arm\nCOPY f /g\n', f: '' });
    const wrong =
      /InvalidBaseImagePlatform[^]*Base image of-arm was pulled with platform "linux\/arm64", expected "linux\/amd64" for current build/;
    assert.match((await docker(['buildx', 'build', '--check', other])).stdout, wrong);
    assert.match(await build([other]), wrong);
    const right = await docker(['buildx', 'build', '--check', '--platform', 'linux/arm64', other]);
    assert.match(right.stdout, /Check complete, no warnings found/);
  });

  test('--builder, --debug, --cgroup-parent, a name for the build, and its record as a file', async () => {
    const directory = context({
      Dockerfile:
        'FROM busybox\nARG BUILDKIT_BUILD_NAME\nRUN echo "this is $BUILDKIT_BUILD_NAME" && cat /proc/self/cgroup\n',
    });
    const none = await docker(['buildx', '--builder', 'elsewhere', 'build', directory]);
    assert.deepEqual([none.status, none.stderr], [1, 'ERROR: no builder "elsewhere" found\n']);
    const build = ['build', '--progress=plain', '--cgroup-parent', '/lade-own', '--build-arg'];
    const flags = ['buildx', '--builder', 'default', '-D', ...build, 'BUILDKIT_BUILD_NAME=christened'];
    const { stderr } = await docker([...flags, directory]);
    assert.match(stderr, /building with "default" instance using docker driver/);
    assert.match(stderr, /\d this is christened\n/);
    assert.match(stderr, /:\/lade-own\//);
    const { stdout } = await docker(['buildx', 'history', 'ls', '--format', '{{.Name}}']);
    assert.equal(stdout.split('\n')[0], 'christened');
    const file = join(directory, 'record.dockerbuild');
    const exported = await docker(['buildx', 'history', 'export', '--finalize', '-o', file]);
    assert.equal(exported.status, 0, exported.stderr);
    const content = await exec('tar', ['-xzOf', file]);
    const trace = 'load cache: [1/2] FROM docker.io/library/busybox'; // as buildx understood it
    for (const part of [
      'application/vnd.buildkit.status.v0',
      'this is christened',
      'slsa.dev/provenance',
      trace,
    ])
      assert.ok(content.stdout.includes(part), part);
  });

  test('docker build and docker compose build go the same way', async () => {
    const directory = context({
      ...simple,
      'compose.yaml': 'services: {web: {build: ., image: composed}}\n',
    });
    const plain = await docker(['build', '--progress=plain', '-t', 'plain', directory]);
    assert.equal(plain.status, 0, plain.stderr);
    assert.match(plain.stderr, /naming to docker.io\/library\/plain/);
    const { status } = await docker(['compose', 'version']);
    if (status !== 0) return;
    const composed = await docker(['compose', '-f', join(directory, 'compose.yaml'), 'build']);
    assert.equal(composed.status, 0, composed.stderr);
    assert.equal(await run('composed', 'cat', '/a'), 'x');
  });

  test('bake: groups, a matrix, inheritance, links between targets', async () => {
    const directory = context({
      Dockerfile: 'FROM busybox\nARG N=0\nRUN echo $N > /n\n',
      'top.Dockerfile': 'FROM low\nRUN echo top >> /n\n',
      'docker-bake.hcl': `
        group "default" { targets = ["many", "top"] }
        target "common" { args = { N = "common" } }
        target "many" {
          name = "many-\${n}"
          matrix = { n = ["1", "2"] }
          args = { N = n }
          tags = ["many:\${n}"]
        }
        target "low" { inherits = ["common"] }
        target "top" {
          dockerfile = "top.Dockerfile"
          contexts = { low = "target:low" }
          tags = ["top"]
        }`,
    });
    const { status, stderr } = await docker([
      'buildx',
      'bake',
      '--progress=plain',
      '--allow=fs=*',
      '-f',
      join(directory, 'docker-bake.hcl'),
      '--set',
      `*.context=${directory}`,
    ]);
    assert.equal(status, 0, stderr);
    assert.equal(await run('many:1', 'cat', '/n'), '1');
    assert.equal(await run('many:2', 'cat', '/n'), '2');
    assert.equal(await run('top', 'cat', '/n'), 'common\ntop');
    const file = join(directory, 'docker-bake.hcl');
    const listed = await docker(['buildx', 'bake', '--list=type=targets,format=json', '-f', file]);
    const listedNames = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
    assert.equal(listedNames.toSorted().join(' '), 'common default low many many-1 many-2 top');
    const bake = (...args: string[]): Promise<ExecResult> =>
      docker(['buildx', 'bake', '--allow=fs=*', '-f', file, '--set', `*.context=${directory}`, ...args]);
    const metadata = join(directory, 'metadata');
    const anew = ['--no-cache', '--load', '--provenance=false', '--sbom=false', '--progress=plain'];
    const again = await bake(...anew, '--metadata-file', metadata, 'many-1');
    assert.match(again.stderr, /not cached: --no-cache\n/);
    const told = JSON.parse(readFileSync(metadata, 'utf8')) as { 'many-1': Record<string, unknown> };
    assert.equal(told['many-1']['image.name'], 'docker.io/library/many:1');
    assert.match((await bake('--check', 'many-2')).stdout, /Check complete, no warnings found/);
    assert.match((await bake('--call=outline', 'many-2')).stdout, /^N\s+2\s*$/m);
  });

  test('bake: definitions that lie in a repository and behind a URL', async () => {
    await using server = await serveGit();
    const hcl = 'target "default" { tags = ["remote-bake"] }\n';
    await server.commit('app', {
      Dockerfile: 'FROM busybox\nRUN echo remote > /r\n',
      'docker-bake.hcl': hcl,
    });
    const { status, stderr } = await docker(['buildx', 'bake', '--progress=plain', `${server.url}/app.git`]);
    assert.equal(status, 0, stderr);
    assert.equal(await run('remote-bake', 'cat', '/r'), 'remote');
    const printed = await docker(['buildx', 'bake', '--print', `${server.url}/app.git`]);
    assert.match(printed.stdout, /remote-bake/);
    const text = `target "default" {\n context = "${server.url}/app.git"\n tags = ["url-bake"]\n}\n`;
    const files = createHttpServer((_, response) => response.end(text)).listen(0, '127.0.0.1');
    await once(files, 'listening');
    try {
      const { port } = files.address() as AddressInfo;
      const baked = await docker([
        'buildx',
        'bake',
        '--progress=plain',
        `http://127.0.0.1:${port}/docker-bake.hcl`,
      ]);
      assert.equal(baked.status, 0, baked.stderr);
      assert.equal(await run('url-bake', 'cat', '/r'), 'remote');
    } finally {
      files.close();
    }
  });

  test('builds on record: ls, inspect, logs, rm', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nRUN echo on record\n' });
    await build(['--no-cache', '-t', 'recorded', directory]);
    const { stdout } = await docker(['buildx', 'history', 'ls', '--format', '{{.Ref}}']);
    const newest = stdout.trim().split('\n')[0]?.split('/').at(-1) ?? '';
    assert.match(newest, /^[a-z0-9]+$/);
    const inspected = await docker(['buildx', 'history', 'inspect', newest]);
    assert.equal(inspected.status, 0, inspected.stderr);
    assert.match(inspected.stdout, /Build Steps:\s+6\/6 \(17% cached\)/); // as BuildKit counts
    const logs = await docker(['buildx', 'history', 'logs', '--progress=plain', newest]);
    assert.match(logs.stderr + logs.stdout, /on record/);
    const removed = await docker(['buildx', 'history', 'rm', newest]);
    assert.equal(removed.status, 0, removed.stderr);
    const left = await docker(['buildx', 'history', 'ls', '--filter', 'status=completed', '--no-trunc']);
    assert.equal(left.status, 0, left.stderr);
    assert.ok(!left.stdout.includes(newest));
    assert.equal((await docker(['buildx', 'history', 'rm', newest])).status, 0);
    await docker(['buildx', 'build', context({ Dockerfile: 'FRO busybox\n' })]);
    const broken = await docker(['buildx', 'history', 'inspect']);
    assert.match(broken.stdout, /Build Steps:\s+\d\/\d \(0% cached\)/);
  });

  test('what there is: ls, inspect, du, prune', async () => {
    await build([context(simple)]);
    assert.match((await docker(['buildx', 'ls'])).stdout, /default\S*\s+docker/);
    const inspected = (await docker(['buildx', 'inspect', '--bootstrap'])).stdout;
    assert.match(inspected, /Driver:\s+docker/);
    assert.match(inspected, /Status:\s+running/);
    assert.match((await docker(['buildx', 'du'])).stdout, /Total:/);
    const [record = ''] = (await docker(['buildx', 'du', '--format', 'json'])).stdout.split('\n');
    assert.equal(typeof (JSON.parse(record) as { Size: unknown }).Size, 'string');
    // a connection of HTTP/2 begins with its settings: three bytes of their length, and their type
    const spoken = Buffer.from((await docker(['buildx', 'dial-stdio'])).stdout);
    assert.deepEqual([spoken[0], spoken[1], spoken[3]], [0, 0, 4]);
    const pruned = await docker(['buildx', 'prune', '-af']);
    assert.equal(pruned.status, 0, pruned.stderr);
    assert.match(pruned.stdout, /Total:\s+[1-9]/);
  });

  test('ten builds at the same time leave nothing', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nARG N\nRUN echo $N\n' });
    const builds = Array.from({ length: 10 }, (_, number) =>
      build(['--build-arg', `N=${number}`, directory]),
    );
    await Promise.all(builds);
    assert.deepEqual(readdirSync(join(engine.runRoot, 'c')), []);
  });
});
