import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { startRegistry } from '../../src/registry/testing/start-registry.ts';
import { findDocker, needs, startTestEngine, type TestEngine } from './harness.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

/** A reason to skip: these tests drive the real buildx. */
async function needsBuildx(): Promise<{ skip: string | false }> {
  const needed = needs('docker', 'root', 'busybox');
  const docker = findDocker();
  if (needed.skip || 'skip' in docker) return needed;
  const { status } = await exec(docker.path, ['buildx', 'version'], { okStatus: [0, 1, 125] });
  return { skip: status !== 0 && 'docker has no buildx here' };
}

const readJson = (path: string): object =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as object) : {};

/** The first bytes of a program for another processor. */
const foreignProgram = Buffer.concat([
  Buffer.from('7f454c4602010100000000000000000002003e00', 'hex').fill(
    process.arch === 'arm64' ? 0x3e : 0xb7,
    18,
    19,
  ),
  Buffer.alloc(200),
]);
const foreign = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64';
const host = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
const both = `${host},${foreign}`;

interface Descriptor {
  mediaType: string;
  digest: string;
  platform?: { architecture: string };
  annotations?: Record<string, string>;
}
type Document = {
  mediaType: string;
  manifests: Descriptor[];
  layers: Descriptor[];
  annotations?: Record<string, string>;
};

describe('outputs of docker buildx build', await needsBuildx(), () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let work: string;

  before(async () => {
    work = mkdtempSync(join(tmpdir(), 'lade-outputs-'));
    mkdirSync(join(work, 'out'));
    [engine, registry] = await Promise.all([startTestEngine(), startTestRegistry()]);
    await engine.load('busybox');
    context('multi', {
      Dockerfile:
        'FROM --platform=$BUILDPLATFORM busybox AS build\nRUN cat /proc/sys/kernel/random/uuid > /id\nARG TARGETARCH\n' +
        'RUN echo $TARGETARCH > /arch; mkdir /d; ln -s /id /d/link\nFROM scratch\nCOPY --from=build /id /arch /\nCOPY --from=build /d /\n',
    });
    context('single', { Dockerfile: 'FROM busybox\nCOPY file /file\n', file: 'content' });
  });
  after(async () => {
    rmSync(work, { recursive: true, force: true });
    await registry?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  function context(name: string, files: Record<string, string | Buffer>): string {
    const directory = join(work, name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    return directory;
  }

  async function build(name: string, ...flags: string[]): Promise<string> {
    const { status, stdout, stderr } = await tryBuild(name, ...flags);
    assert.equal(status, 0, stderr.toString());
    return stdout.toString().trim();
  }

  const tryBuild = (name: string, ...flags: string[]) =>
    engine.docker(
      'buildx',
      'build',
      ...(flags.includes('--progress=plain') ? [] : ['-q']),
      ...flags,
      join(work, name),
    );

  const out = (name: string): string => join(work, 'out', name);
  const read = (path: string): string => readFileSync(path, 'utf8').trim();
  const metadata = (path: string) =>
    JSON.parse(read(path)) as Record<string, string> & { 'containerimage.descriptor': Descriptor };

  /** A document as the registry has it. */
  async function fetched(name: string): Promise<Document> {
    const { stdout, stderr } = await engine.docker('buildx', 'imagetools', 'inspect', '--raw', name);
    assert.notEqual(stdout.length, 0, stderr.toString());
    return JSON.parse(stdout.toString()) as Document;
  }

  test('several platforms make one image of the store; a step for the build platform runs once', async () => {
    const digest = await build(
      'multi',
      '--platform',
      both,
      '-t',
      'several',
      '--no-cache',
      '--iidfile',
      out('iid'),
      '--metadata-file',
      out('several.json'),
    );
    assert.equal(read(out('iid')), digest);
    assert.equal(metadata(out('several.json'))['containerimage.digest'], digest);
    const tree = await engine.request('GET', '/images/json?manifests=1');
    const images = JSON.parse(tree.body) as { RepoTags: string[]; Manifests: { Kind: string }[] }[];
    const kinds = images
      .find(({ RepoTags }) => RepoTags.includes('several:latest'))
      ?.Manifests.map(({ Kind }) => Kind);
    assert.deepEqual(kinds, ['image', 'image', 'attestation', 'attestation']);
    await build('multi', '--platform', both, '-o', `type=local,dest=${out('trees')}`);
    const [here = '', there = ''] = both.split(',').map((name) => out(`trees/${name.replace('/', '_')}`));
    assert.equal(read(join(here, 'id')), read(join(there, 'id')));
    assert.deepEqual(
      [read(join(here, 'arch')), read(join(there, 'arch'))],
      both.split(',').map((name) => name.split('/')[1]),
    );
    assert.equal(readlinkSync(join(here, 'link')), `/${basename(here)}/id`);
  });

  test('an index of one platform, and one platform asked for twice', async () => {
    await build('single', '--build-arg', 'BUILDKIT_MULTI_PLATFORM=1', '--provenance=false', '-t', 'alone');
    const alone = await engine.docker('image', 'inspect', 'alone', '--format', '{{.Descriptor.MediaType}}');
    assert.equal(alone.stdout.toString().trim(), 'application/vnd.oci.image.index.v1+json');
    const id = await build('single', '--platform', `${host},${host}`, '-t', 'twice');
    const twice = await engine.docker('image', 'inspect', 'twice', '--format', '{{.Id}}');
    assert.equal(twice.stdout.toString().trim(), id);
  });

  test('what the other platform can not run here fails with the way to mend it', async () => {
    context('foreign', {
      Dockerfile: 'FROM scratch\nCOPY --chmod=755 program /bin/sh\nRUN anything\n',
      program: foreignProgram,
    });
    const { status, stderr } = await tryBuild('foreign', '--platform', foreign);
    assert.equal(status, 1);
    const emulated = await engine.docker('buildx', 'inspect');
    if (emulated.stdout.includes(foreign)) return; // this host runs them
    assert.match(
      stderr.toString(),
      new RegExp(`exec format error: this host .* runs no programs for ${foreign}.*qemu-user-static`),
    );
  });

  test('--push sends all of it from the engine, with annotations where they are asked for', async () => {
    const name = `${registry.host}/pushed:1`;
    const annotations = ['index:a=1', 'manifest:b=2', 'manifest-descriptor:c=3', `manifest[${foreign}]:d=4`];
    const flags = annotations.flatMap((text) => ['--annotation', text]);
    await build(
      'multi',
      '--platform',
      both,
      '-t',
      name,
      '--push',
      ...flags,
      '--metadata-file',
      out('pushed.json'),
    );
    const told = metadata(out('pushed.json'));
    const index = await fetched(name);
    const { digest, mediaType } = told['containerimage.descriptor'];
    assert.deepEqual([digest, mediaType], [told['containerimage.digest'], index.mediaType]);
    assert.deepEqual(index.annotations, { a: '1' });
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform?.architecture),
      [...both.split(',').map((text) => text.split('/')[1]), 'unknown', 'unknown'],
    );
    assert.deepEqual(index.manifests[1]?.annotations, { c: '3' });
    const own = await fetched(`${registry.host}/pushed@${index.manifests[1]?.digest}`);
    assert.deepEqual(own.annotations, { b: '2', d: '4' });
    const { stdout } = await engine.docker(
      'images',
      '--digests',
      '--format',
      '{{.Digest}}',
      `${registry.host}/pushed`,
    );
    assert.equal(stdout.toString().trim(), digest);
    assert.equal((await engine.docker('push', '-q', name)).status, 0);
    assert.deepEqual(await fetched(name), index);
  });

  test('a single image is pushed by a plain manifest without attestations, compressed as asked', async () => {
    const name = `${registry.host}/plain:1`;
    await build(
      'single',
      '--provenance=false',
      '-o',
      `type=registry,name=${name},compression=zstd,force-compression=true`,
    );
    const { layers } = await fetched(name);
    assert.deepEqual(
      [...new Set(layers.map(({ mediaType }) => mediaType))],
      ['application/vnd.oci.image.layer.v1.tar+zstd'],
    );
    const pushAs = async (
      more: string,
    ): Promise<readonly [told: string, Awaited<ReturnType<typeof fetched>>]> => {
      const output = `type=registry,name=${name},oci-mediatypes=false,force-compression=true,${more}`;
      const { stderr } = await tryBuild('single', '--progress=plain', '--provenance=false', '-o', output);
      return [stderr.toString(), await fetched(name)];
    };
    const [told, docker] = await pushAs('compression=zstd,compression-level=99');
    assert.equal(docker.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
    assert.equal(docker.layers[0]?.mediaType, 'application/vnd.docker.image.rootfs.diff.tar.zstd');
    assert.match(told, /1 warning found[^]*compression-level=99: zstd has levels from 0 to 22, 22 is taken/);
    await engine.docker('rmi', '-f', name);
    const run = await engine.docker('run', '--rm', name, 'cat', '/file');
    assert.equal(run.stdout.toString(), 'content');
    const [, annotated] = await pushAs('annotation.a=b');
    assert.deepEqual([annotated.mediaType, annotated.annotations], [docker.mediaType, { a: 'b' }]);
    const [lazy, oci] = await pushAs('compression=estargz');
    assert.equal(oci.layers[0]?.mediaType, 'application/vnd.oci.image.layer.v1.tar+gzip');
    assert.match(lazy, /2 warnings found[^]*(?:plain gzip[^]*needs OCI's|needs OCI's[^]*plain gzip)/);
  });

  test('attestations are filed beside the image, by push, in the store and in an archive', async () => {
    context('packages', {
      Dockerfile: 'FROM busybox\nARG SECRET\nCOPY package.json /app/node_modules/@me/pad/\n',
      'package.json': '{"name":"@me/pad","version":"1.2.3","license":"MIT"}',
    });
    const name = `${registry.host}/attested:1`;
    await build(
      'packages',
      '--build-arg',
      'SECRET=1',
      '--sbom=true',
      '--provenance=mode=max',
      '-t',
      name,
      '--push',
    );
    const inspect = async (format: string): Promise<string> =>
      (await engine.docker('buildx', 'imagetools', 'inspect', name, '--format', format)).stdout.toString();
    const sbom = JSON.parse(await inspect('{{json .SBOM.SPDX}}')) as {
      packages: { name: string; externalRefs?: { referenceLocator: string }[] }[];
    };
    assert.deepEqual(
      sbom.packages
        .find((each) => each.name === '@me/pad')
        ?.externalRefs?.map((each) => each.referenceLocator),
      ['pkg:npm/%40me/pad@1.2.3'],
    );
    const { SLSA } = JSON.parse(await inspect('{{json .Provenance}}')) as {
      SLSA: {
        buildDefinition: {
          externalParameters: { request: { args: object } };
          resolvedDependencies: { uri: string }[];
        };
      };
    };
    const { externalParameters, resolvedDependencies } = SLSA.buildDefinition;
    assert.deepEqual(externalParameters.request.args, { 'build-arg:SECRET': '1' });
    assert.deepEqual(
      resolvedDependencies.map(({ uri }) => uri),
      [`pkg:docker/busybox@latest?platform=${encodeURIComponent(host)}`],
    );
    assert.equal((await engine.docker('run', '--rm', name, 'true')).status, 0);
    context('files', { Dockerfile: 'FROM scratch\nCOPY file /a/file\n', file: 'content' });
    await build('files', '--provenance=true', '-o', `type=local,dest=${out('attested')}`);
    const statement = JSON.parse(read(out('attested/provenance.json'))) as { subject: { name: string }[] };
    assert.ok(statement.subject.some((each) => each.name === 'a/file'));
    const { stderr, status } = await tryBuild(
      'packages',
      '--attest',
      `type=sbom,generator=${registry.host}/nothing:1`,
    );
    assert.equal(status, 1);
    assert.match(stderr.toString(), /cannot make an sbom with the generator .*nothing:1: .*not found/s);
  });

  test('an image layout of several platforms, described as asked, is what the next build stands on', async () => {
    const layout = out('base-layout');
    const described =
      'annotation-index-descriptor.a=b,annotation-index-descriptor.org.opencontainers.image.created=then';
    const output = (dest: string, more = ''): string => `type=oci,dest=${dest},${described}${more}`;
    await build(
      'multi',
      '--platform',
      both,
      '-o',
      output(layout, ',tar=false'),
      '-o',
      output(`${layout}.tar`),
    );
    const packed = await exec('tar', ['-xOf', `${layout}.tar`, 'index.json']);
    for (const text of [read(join(layout, 'index.json')), packed.stdout]) {
      const [entry] = (JSON.parse(text) as Document).manifests;
      assert.deepEqual(
        [entry?.annotations?.['a'], entry?.annotations?.['org.opencontainers.image.created']],
        ['b', 'then'],
      );
    }
    context('on-layout', {
      Dockerfile:
        'FROM base AS target\nFROM --platform=$BUILDPLATFORM base AS own\nFROM scratch\n' +
        'COPY --from=target /arch /target\nCOPY --from=own /arch /own\n',
    });
    const tree = out('on-layout');
    await build(
      'on-layout',
      '--platform',
      both,
      '--build-context',
      `base=oci-layout://${layout}`,
      '-o',
      tree,
    );
    const [ownArch, foreignArch] = both.split(',').map((platform) => platform.split('/')[1]);
    for (const arch of [ownArch, foreignArch]) {
      assert.equal(read(join(tree, `linux_${arch}/target`)), arch);
      assert.equal(read(join(tree, `linux_${arch}/own`)), ownArch);
    }
    const missing = await tryBuild(
      'on-layout',
      '--platform',
      'linux/s390x',
      '--build-context',
      `base=oci-layout://${layout}`,
    );
    assert.match(missing.stderr.toString(), /no match for platform in manifest: not found/);
  });

  test('what has the statements names its image, where artifacts are asked for', async () => {
    const name = `${registry.host}/artifacts:1`;
    await build('single', '--provenance=true', '-o', `type=registry,name=${name},oci-artifact=true`);
    const [image, statements] = (await fetched(name)).manifests;
    type Artifact = Document & { artifactType: string; config: object; subject: object };
    const artifact = (await fetched(`${registry.host}/artifacts@${statements?.digest}`)) as Artifact;
    assert.equal(artifact.artifactType, 'application/vnd.docker.attestation.manifest.v1+json');
    const { mediaType, digest, size } = image as Descriptor & { size: number };
    assert.deepEqual(artifact.subject, { mediaType, digest, size });
    assert.deepEqual(artifact.config, {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
      data: 'e30=',
    });
    const args = ['buildx', 'imagetools', 'inspect', '--format', '{{json .Provenance.SLSA}}', name];
    assert.match((await engine.docker(...args)).stdout.toString(), /buildType/);
  });

  test('a generator image scans the result', async () => {
    context('scanner', {
      Dockerfile:
        'FROM busybox\nUSER 5\nWORKDIR /w\nENTRYPOINT ["/bin/sh", "-c", "[ $PWD$BUILDKIT_SCAN_LEVEL = /w3 ] || exit 9; echo \'{\\"predicate\\":{\\"extra\\":1}}\' > $BUILDKIT_SCAN_DESTINATION/a.json; echo \'{\\"predicate\\":{\\"SPDXID\\":\\"x\\",\\"files\\":\\"\'$(cat $BUILDKIT_SCAN_SOURCE/file)\'\\"}}\' > $BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"]\n',
    });
    await build('scanner', '-t', 'scanner');
    const dangling = async (): Promise<string> =>
      (await engine.docker('images', '-q', '-f', 'dangling=true')).stdout.toString();
    const before = await dangling();
    const name = `${registry.host}/scanned:1`;
    await build('single', '--attest', 'type=sbom,generator=scanner,LEVEL=3', '-t', name, '--push');
    const { stdout } = await engine.docker(
      'buildx',
      'imagetools',
      'inspect',
      name,
      '--format',
      '{{json .SBOM.SPDX}}',
    );
    assert.deepEqual(JSON.parse(stdout.toString()), { SPDXID: 'x', files: 'content' });
    assert.equal(await dangling(), before);
    await build('single', '--attest', 'type=sbom,generator=scanner,LEVEL=3', '-o', out('scanned'));
    const written = readdirSync(out('scanned')).filter((file) => file.endsWith('.json'));
    assert.deepEqual(written.sort(), ['a.json', 'sbom.spdx.json']);
    const failed = await tryBuild('single', '--attest', 'type=sbom,generator=scanner', '-o', out('none'));
    assert.match(failed.stderr.toString(), /cannot make an sbom with the generator scanner: .*code: 9/s);
  });

  test('archives for the client: loadable, under the names given, which the store does not get', async () => {
    await build('single', '-o', `type=docker,dest=${out('docker.tar')},name=archived:1`);
    assert.equal((await engine.docker('image', 'inspect', 'archived:1')).status, 1);
    assert.match(
      (await engine.docker('load', '-i', out('docker.tar'))).stdout.toString(),
      /Loaded image: archived:1/,
    );
    await build('multi', '--platform', both, '-o', `type=oci,dest=${out('oci.tar')},name=archived:2`);
    assert.match(
      (await engine.docker('load', '-i', out('oci.tar'))).stdout.toString(),
      /Loaded image: archived:2/,
    );
    await build(
      'multi',
      '--platform',
      both,
      '-o',
      `type=oci,dest=${out('layout')},tar=false`,
      '-t',
      'archived:3',
      '--metadata-file',
      out('layout.json'),
    );
    const { manifests } = JSON.parse(read(out('layout/index.json'))) as Document;
    assert.equal(manifests[0]?.digest, metadata(out('layout.json'))['containerimage.digest']);
    assert.ok(statSync(out(`layout/blobs/sha256/${manifests[0]?.digest.slice(7)}`)).isFile());
    await build('multi', '--platform', both, '-o', `type=tar,dest=${out('trees.tar')}`);
    const { stdout } = await exec('tar', ['tf', out('trees.tar')]);
    assert.deepEqual(
      stdout.toString().trim().split('\n'),
      both
        .split(',')
        .sort()
        .flatMap((text) => ['', 'arch', 'id', 'link'].map((file) => `${text.replace('/', '_')}/${file}`)),
    );
    const listed = await exec('tar', ['-tvf', out('trees.tar')]);
    assert.match(listed.stdout.toString(), / (linux_\w+)\/link -> \/\1\/id\n/);
  });

  test('a push uses the login of the client, and tells when there is none', async () => {
    await using guarded = await startRegistry({
      htpasswd: 'me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n',
    });
    const name = `${guarded.host}/guarded:1`;
    const refused = await tryBuild('single', '--push', '-t', name);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr.toString(), /no basic auth credentials|unauthorized|authentication required/);
    const config = join(work, 'login');
    const own = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
    mkdirSync(config);
    if (existsSync(own)) cpSync(own, config, { recursive: true });
    const auths = { [guarded.host]: { auth: Buffer.from('me:secret').toString('base64') } };
    writeFileSync(
      join(config, 'config.json'),
      JSON.stringify({ ...readJson(join(config, 'config.json')), auths }),
    );
    const { path } = findDocker() as { path: string };
    const env = { ...engine.env, DOCKER_CONFIG: config };
    await exec(path, ['buildx', 'build', '-q', '--push', '-t', name, join(work, 'single')], { env });
    assert.equal((await exec(path, ['pull', '-q', name], { env })).stdout.toString().trim(), name);
  });

  test('several outputs of one build', async () => {
    const metadataFile = out('all.json');
    await build(
      'single',
      '-o',
      'type=image,name=all:1',
      '-o',
      `type=local,dest=${out('all')}`,
      '-o',
      `type=oci,dest=${out('all.tar')}`,
      '-o',
      'type=cacheonly',
      '--metadata-file',
      metadataFile,
    );
    assert.equal((await engine.docker('run', '--rm', 'all:1', 'cat', '/file')).stdout.toString(), 'content');
    assert.equal(read(out('all/file')), 'content');
    assert.ok(statSync(out('all.tar')).size > 0);
    assert.equal(metadata(metadataFile)['image.name'], 'docker.io/library/all:1');
    const { materials } = metadata(metadataFile)['buildx.build.provenance'] as unknown as {
      materials: { uri: string }[];
    };
    assert.match(materials[0]?.uri ?? '', /^pkg:docker\/busybox@latest/);
    const history = await engine.docker('buildx', 'history', 'inspect', 'attachment', '--type', 'provenance');
    assert.match(history.stdout.toString(), /"uri": ?"pkg:docker\/busybox@latest/);
  });

  test('--load and a plain build give the id that the store has', async () => {
    for (const flags of [['--load'], []]) {
      const id = await build('single', ...flags, '-t', 'loaded');
      const { stdout } = await engine.docker('image', 'inspect', 'loaded', '--format', '{{.Id}}');
      assert.equal(stdout.toString().trim(), id);
    }
  });

  test('what an output can not be is told by its name', async () => {
    const error = async (...flags: string[]): Promise<string> =>
      (await tryBuild('single', ...flags)).stderr.toString();
    assert.match(await error('-o', 'type=nothing'), /exporter "nothing" could not be found/);
    assert.match(
      await error('-o', 'type=image,push=maybe,name=x'),
      /non-bool value specified for push: "maybe"/,
    );
    assert.match(
      await error('-o', `type=oci,dest=${out('x')},compression=lzma`),
      /failed to solve: unsupported compression type "lzma"/,
    );
    assert.match(
      await error('--cache-to', `type=local,dest=${out('refused')},compression=lzma`),
      /failed to solve: failed to configure local cache exporter: unsupported compression type "lzma"/,
    );
    assert.match(
      await error('-o', 'type=image,annotation-index.a=b'),
      /index annotations not supported for single platform export/,
    );
    assert.match(
      await error('-o', `type=image,annotation-manifest[${foreign}].a=b`),
      /no platform linux\/\w+ found in source/,
    );
    assert.match(
      await error('--build-arg', 'SOURCE_DATE_EPOCH=abc'),
      /failed to solve: invalid SOURCE_DATE_EPOCH: abc/,
    );
    assert.match(
      await error('-t', `${registry.host.replace(/\d+$/, '1')}/x`, '--push'),
      /failed to push localhost:1\/x: .*connection refused/,
    );
    const split = ['--platform', both, '-o', `type=local,dest=${out('split')},platform-split=false`];
    assert.match(
      (await tryBuild('multi', ...split)).stderr.toString(),
      /cannot overwrite arch from .* when split option is disabled/,
    );
  });

  test('two engines make the same image of the same input at other times', async () => {
    const text =
      'FROM busybox\nWORKDIR /w\nCOPY file .\nRUN mkdir -p /made/here && date > /dev/null\nCMD ["x"]\n';
    const again = (name: string): string => {
      context(name, { Dockerfile: text, file: 'same' });
      utimesSync(
        join(work, name, 'file'),
        1_700_000_000 + name.length * 1000,
        1_700_000_000 + name.length * 1000,
      );
      return name;
    };
    await using other = await startTestEngine();
    await other.load('busybox');
    const digests = new Set<string>();
    for (const [at, builder] of [engine, other].entries()) {
      const file = out(`same-${at}.tar`);
      const flags = [
        '--no-cache',
        '--provenance=false',
        '--build-arg',
        'SOURCE_DATE_EPOCH=1000000000',
        '-o',
        `type=oci,dest=${file},rewrite-timestamp=true`,
      ];
      const { status, stdout, stderr } = await builder.docker(
        'buildx',
        'build',
        '-q',
        ...flags,
        join(work, again('y'.repeat(at + 1))),
      );
      assert.equal(status, 0, stderr.toString());
      digests.add(
        `${stdout.toString().trim()} ${(await exec('sha256sum', [file])).stdout.toString().slice(0, 64)}`,
      );
    }
    assert.equal(digests.size, 1);
    await build('y', '--build-arg', 'SOURCE_DATE_EPOCH=1000000000', '-o', `type=local,dest=${out('dated')}`);
    assert.equal(statSync(out('dated/w/file')).mtimeMs, 1e12);
  });

  test('docker compose build --push leaves usable images', async () => {
    const name = `${registry.host}/composed:1`;
    cpSync(join(work, 'single'), join(work, 'composed'), { recursive: true });
    context('composed', { 'compose.yaml': `services:\n  app:\n    image: ${name}\n    build: .\n` });
    const composed = await engine.docker(
      'compose',
      '-f',
      join(work, 'composed/compose.yaml'),
      'build',
      '--push',
    );
    if (/is not a docker command|unknown/.test(composed.stderr.toString())) return;
    assert.equal(composed.status, 0, composed.stderr.toString());
    assert.ok((await fetched(name)).mediaType);
    assert.equal((await engine.docker('run', '--rm', name, 'cat', '/file')).stdout.toString(), 'content');
  });
});
