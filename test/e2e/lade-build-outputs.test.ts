import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveGit } from '../../src/lib/testing/serve-git.ts';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

const both = 'linux/amd64,linux/arm64';
const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64';

interface Index {
  readonly manifests: readonly { digest: string; annotations?: Record<string, string> }[];
  readonly annotations?: Record<string, string>;
}

describe('what lade build makes', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let folder: string;

  before(async () => {
    [engine, registry] = await Promise.all([startTestEngine(), startTestRegistry()]);
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-build-'));
    context('multi', {
      Dockerfile:
        'FROM --platform=$BUILDPLATFORM busybox AS build\nRUN cat /proc/sys/kernel/random/uuid >/id\nARG TARGETARCH\n' +
        'RUN echo $TARGETARCH >/arch\nFROM scratch\nCOPY --from=build /id /arch /\n',
    });
    context('single', {
      Dockerfile: 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid >/id; mkfifo /pipe\nCOPY file /file\n',
      file: 'content',
    });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await registry?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  function context(name: string, files: Readonly<Record<string, string>>): string {
    const path = join(folder, name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    }
    return path;
  }
  const at = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(at(name), 'utf8').trim();
  const run = (args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<Ran> =>
    lade({ ...engine, env: { ...engine.env, DOCKER_CONFIG: folder } } as TestEngine, args, options);
  async function ok(...args: readonly string[]): Promise<Ran> {
    const ran = await run(args, { cwd: folder });
    assert.equal(ran.status, 0, ran.stderr);
    return ran;
  }
  const build = (...args: readonly string[]): Promise<Ran> => ok('build', ...args);
  const index = (name: string): Index => JSON.parse(read(name)) as Index;
  const blob = (layout: string, digest = ''): string => `${layout}/blobs/${digest.replace(':', '/')}`;

  test('several platforms: one index, and a step that they share runs once', async () => {
    const flags = ['--platform', 'linux/amd64', '--platform=linux/arm64', '--no-cache', '-t', 'several'];
    const { stderr } = await build(...flags, '--metadata-file', 'several.json', 'multi');
    assert.match(stderr, new RegExp(`\\[linux/${foreign} build 3/3\\] RUN echo \\$TARGETARCH`));
    assert.equal(stderr.match(/RUN cat \/proc\/sys\/kernel\/random\/uuid/g)?.length, 1, stderr);
    const metadata = JSON.parse(read('several.json')) as Record<string, { mediaType?: string }>;
    assert.equal(metadata['containerimage.descriptor']?.mediaType, 'application/vnd.oci.image.index.v1+json');
    assert.ok(metadata['buildx.build.provenance/linux/arm64'], JSON.stringify(metadata));
    const shown = await ok('image', 'inspect', 'several', '--format', '{{.Descriptor.mediaType}}');
    assert.equal(shown.stdout, 'application/vnd.oci.image.index.v1+json\n');
    await build('--platform', both, '-o', 'trees', 'multi');
    assert.equal(read(`trees/linux_${foreign}/arch`), foreign);
    assert.equal(read('trees/linux_amd64/id'), read('trees/linux_arm64/id'));
  });

  test('several outputs at once: an image, archives, a layout, files', async () => {
    const outputs = [
      'type=image',
      'type=docker,dest=docker.tar',
      'type=oci,dest=oci.tar',
      'type=oci,tar=false,dest=layout',
      'files',
      'type=tar,dest=files.tar',
    ];
    const { stderr } = await build(
      ...outputs.flatMap((output) => ['-o', output]),
      '-t',
      'multiple',
      '-t',
      'other:1',
      'single',
    );
    assert.match(stderr, /exporting to oci image format\n(?:.*\n)*#\d+ sending tarball done/);
    assert.equal(read('files/file'), 'content');
    const names = async (archive: string): Promise<string> =>
      (await exec('tar', ['-tf', at(archive)])).stdout.toString();
    assert.match(await names('files.tar'), /^file\n(?:.*\n)*pipe$/m);
    assert.match(stderr, /WARNING: left out of .*\/files: pipe: .* --output type=tar has them/);
    assert.ok(!existsSync(at('files/pipe')));
    assert.match(await names('docker.tar'), /^manifest\.json$/m);
    assert.match(await names('oci.tar'), /^index\.json$/m);
    const id = (await ok('images', '-q', '--no-trunc', 'multiple')).stdout;
    await ok('rmi', 'multiple', 'other:1');
    await ok('load', '-i', 'docker.tar');
    assert.equal((await ok('images', '-q', '--no-trunc', 'other:1')).stdout, id);
    const tags = index('layout/index.json').manifests.map(({ annotations }) => annotations);
    assert.deepEqual(
      tags.map((each) => each?.['org.opencontainers.image.ref.name']),
      ['latest', '1'],
    );
    const manifest = index('layout/index.json').manifests[0]?.digest;
    assert.ok(existsSync(at(blob('layout', manifest))));
    const noted = 'type=oci,dest=noted.tar,annotation.a=b';
    await build('-o', noted, '--metadata-file', 'noted.json', 'single');
    const { 'containerimage.digest': digest = '' } = JSON.parse(read('noted.json')) as Record<string, string>;
    const isKept = (): boolean => existsSync(join(engine.dataRoot, 'content', digest.replace(':', '/')));
    assert.ok(isKept());
    await ok('builder', 'prune', '-f');
    assert.ok(!isKept());
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    );
    const streamed = await ok('build', '-o', 'type=oci', 'single');
    assert.ok(streamed.stdout.includes('index.json'));
  });

  test('statements and annotations of what is pushed', async () => {
    const name = `${registry.host}/stated:1`;
    const stated = ['--provenance=mode=max', '--sbom=true', '--build-arg', 'SEEN=1'];
    const annotated = ['--annotation', 'index:a=1', '--annotation', 'b=2'];
    await build(
      ...stated,
      ...annotated,
      '-t',
      name,
      '--push',
      '-o',
      'type=oci,tar=false,dest=stated',
      'single',
    );
    const root = index(blob('stated', index('stated/index.json').manifests[0]?.digest));
    assert.deepEqual(root.annotations, { a: '1' });
    const [image, statements] = root.manifests.map(({ digest }) => index(blob('stated', digest)));
    assert.deepEqual(image?.annotations, { b: '2' });
    const layers = (statements as unknown as { layers: { digest: string }[] }).layers;
    const texts = layers.map(({ digest }) => read(blob('stated', digest)));
    assert.match(texts[0] ?? '', /SPDX-2\.3/);
    assert.match(texts[1] ?? '', /"build-arg:SEEN":"1"/);
    const answer = await fetch(`http://${registry.host}/v2/stated/manifests/1`, {
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
    });
    assert.deepEqual(await answer.json(), root);
    const refused = await run(['build', '--annotation', 'nonsense', at('single')]);
    assert.match(refused.stderr, /invalid annotation "nonsense", expected key=value/);
  });

  test('caches go out and come in: a directory, a registry, the image itself', async () => {
    const ref = `${registry.host}/cache:1`;
    const name = `${registry.host}/inline:1`;
    const caches = ['type=local,dest=cache,mode=max', `type=registry,ref=${ref},mode=max`, 'type=inline'];
    await build(...caches.flatMap((text) => ['--cache-to', text]), '-t', name, '--push', 'single');
    const missing = await ok('build', '--cache-from', 'type=local,src=none', 'single');
    assert.match(missing.stderr, /WARNING: local cache import at none not found/);
    for (const from of ['type=local,src=cache', ref, name]) {
      await ok('rmi', '-f', name).catch(() => {});
      await ok('builder', 'prune', '-af');
      const { stderr } = await build('--cache-from', from, 'single');
      assert.match(stderr, /RUN cat .*\n#\d+ CACHED/, `from ${from}`);
    }
    const refused = await run(['build', '--cache-to', 'type=gha', at('single')]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /cache export of type "gha" is not supported by this engine/);
  });

  test('contexts that the engine fetches, and images in directories', async () => {
    await using git = await serveGit();
    const Dockerfile = 'FROM busybox\nCOPY . /c\nRUN ls /c >/list\n';
    await git.commit('r', { 'sub/Dockerfile': Dockerfile, 'sub/file': '1', 'sub/Other': 'FROM scratch\n' });
    const built = await build('-t', 'fetched', `${git.url}/r.git#main:sub`);
    assert.match(built.stderr, /\[internal\] load git source .*r\.git/);
    assert.equal((await ok('run', '--rm', 'fetched', 'cat', '/list')).stdout, 'Dockerfile\nOther\nfile\n');
    await build('-f', 'Other', `${git.url}/r.git#main:sub`);
    const piped = await run(['build', '-q', '-f', '-', `${git.url}/r.git#main:sub`], {
      input: 'FROM busybox\nCOPY file /f\n',
    });
    assert.equal(piped.status, 0, piped.stderr);
    context('archive', {
      Dockerfile: 'FROM busybox\nCOPY --from=base /file /f\nCOPY --from=git sub/file /g\n',
    });
    await exec('tar', ['-C', at('archive'), '-czf', at('archive.tar.gz'), '.']);
    const server = createServer((_, answer) => answer.end(readFileSync(at('archive.tar.gz'))));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      await build('-o', 'type=oci,tar=false,dest=images', '-t', 'base', 'single');
      const { port } = server.address() as AddressInfo;
      const images = (await ok('images', '-aq')).stdout;
      const named = [
        '--build-context',
        'base=oci-layout://images',
        '--build-context',
        `git=${git.url}/r.git`,
      ];
      await build(...named, '-o', 'from-url', `http://127.0.0.1:${port}/archive.tar.gz`);
      assert.equal(read('from-url/f'), 'content');
      assert.equal(read('from-url/g'), '1');
      assert.equal((await ok('images', '-aq')).stdout, images, 'no image without a name stays');
    } finally {
      server.close();
    }
  });

  test('questions about a Dockerfile: outline and targets', async () => {
    const text = `# what it is for
FROM busybox AS one
# a word
ARG WHO=me
RUN --mount=type=secret,id=s,required=true --mount=type=ssh true
FROM one
`;
    const path = context('asked', { Dockerfile: text });
    const outline = await ok('build', '--call=outline', '--target', 'one', path);
    assert.match(outline.stdout, /^TARGET: +one\n/);
    assert.match(outline.stdout, /BUILD ARG +VALUE +DESCRIPTION\nWHO +me *.*\n\nSECRET +REQUIRED\ns +true\n/);
    const targets = await ok('build', '--call', 'targets', path);
    assert.match(targets.stdout, /^TARGET +DESCRIPTION\none *.*\n\(default\) \n$/);
    const json = await ok('build', '--call', 'targets,format=json', path);
    assert.equal((JSON.parse(json.stdout) as { targets: object[] }).targets.length, 2);
    const unknown = await run(['build', '--call', 'nothing', path]);
    assert.match(unknown.stderr, /unsupported request frontend\.nothing/);
  });

  test('builds on record: several platforms are one, and what failed before its first step is there', async () => {
    const latest = async (): Promise<string> =>
      (await ok('builder', 'history', '-n', '1', '--format', '{{.Name}} {{.Status}} {{.Steps}} {{.Error}}'))
        .stdout;
    await build('--platform', both, '-t', 'recorded', 'multi');
    assert.match(await latest(), /^recorded Completed 12, \d+ cached \n$/);
    const all = (await ok('builder', 'history', '-q')).stdout.split('\n').length;
    const path = context('unreadable', { Dockerfile: 'FROM busybox\nRUNN\n' });
    assert.equal((await run(['build', '-t', 'parsed', path])).status, 1);
    assert.match(await latest(), /^parsed Error 0, 0 cached .*unknown instruction/);
    await using git = await serveGit();
    await git.commit('r', { file: '1' });
    assert.equal((await run(['build', '-t', 'without', `${git.url}/r.git`])).status, 1);
    assert.match(
      await latest(),
      /^without Error 0, 0 cached .*failed to read dockerfile: open \S+: no such file/,
    );
    const refused = await engine.request('POST', '/build?t=refused', 'no archive at all');
    assert.match(refused.body, /invalid tar archive/);
    assert.match(await latest(), /^refused Error 0, 0 cached /);
    assert.equal((await ok('builder', 'history', '-q')).stdout.split('\n').length, all + 3);
  });

  test('entitlements, limits and networks of steps', async () => {
    const path = context('limited', {
      Dockerfile: 'FROM busybox\nRUN --security=insecure cat /proc/1/status | grep CapEff >/caps\n',
    });
    const refused = await run(['build', path]);
    assert.match(refused.stderr, /security\.insecure/);
    await build('--allow', 'security.insecure', path);
    await ok('network', 'create', 'steps');
    await ok('run', '-d', '--network', 'steps', '--name', 'peer', 'busybox', 'sleep', '600');
    const step = context('networked', { Dockerfile: 'FROM busybox\nRUN ping -c 1 peer\n' });
    await build('--network', 'steps', step);
    assert.equal((await run(['build', '--no-cache', step])).status, 1);
    await ok('rm', '-f', 'peer');
    const memory = context('memory', {
      Dockerfile:
        'FROM busybox\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null >/m; cat /proc/self/cgroup >>/m\n',
    });
    await build('-m', '64m', '--cgroup-parent', '/lade-own', '-o', 'limits', memory);
    assert.match(read('limits/m'), /:\/lade-own\//);
    assert.match(read('limits/m'), /^67108864$/m);
  });
});
