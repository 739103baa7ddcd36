import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BuildWorld, isRoot, openWorld } from './testing/open-world.ts';

describe('real builds', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    assert.deepEqual(world.leftovers(), []);
    await world[Symbol.asyncDispose]();
  });

  test('several stages: only those needed are built, files come over with their owners and modes', async () => {
    const { image, cache } = await world.build(
      `FROM busybox AS unused
RUN false
FROM busybox AS build
COPY src /src
RUN cat /src/a > /out && chmod 741 /out && chown 5:6 /out
FROM busybox
COPY --from=build /out /final
`,
      { 'src/a': 'content' },
    );
    assert.equal(world.read(image, 'final'), 'content');
    assert.equal(cache['RUN false'], undefined);
    assert.equal(await world.look(image, 'stat -c "%a %u %g" /final'), '741 5 6\n');
  });

  test('an unchanged build does nothing and gives the same image', async () => {
    const text = 'FROM busybox\nENV a=1\nCOPY f /f\nRUN cp /f /g\nCMD ["x"]\n';
    const first = await world.build(text, { f: 'unchanged' });
    const second = await world.build(text, { f: 'unchanged' });
    assert.equal(second.image.id, first.image.id);
    assert.deepEqual([...new Set(Object.values(second.cache))], ['hit']);
  });

  test('the content of files decides, not their times', async () => {
    const text = 'FROM busybox\nCOPY d /d\n';
    const contextDir = world.writeContext({ 'd/a': '1', 'd/b': '2' });
    await world.build(text, {}, { contextDir });
    utimesSync(join(contextDir, 'd/a'), 1, 1);
    assert.equal((await world.build(text, {}, { contextDir })).cache['COPY d /d'], 'hit');
    writeFileSync(join(contextDir, 'd/a'), '3');
    const { cache, image } = await world.build(text, {}, { contextDir });
    assert.equal(cache['COPY d /d'], 'd/a changed (1 of 2 files)');
    assert.equal(world.read(image, 'd/a'), '3');
  });

  test('proxies are arguments that neither cache nor history knows; platforms and names are there when asked for', async () => {
    const text =
      'FROM busybox\nARG TARGETVARIANT\nARG TARGETSTAGE\nRUN echo "$ALL_PROXY,$no_proxy,$TARGETVARIANT,$TARGETSTAGE" > /said\n';
    const first = await world.build(text, {}, { buildArgs: { ALL_PROXY: 'http://p:1', no_proxy: 'x' } });
    assert.equal(world.read(first.image, 'said'), 'http://p:1,x,,default\n');
    assert.doesNotMatch(JSON.stringify(first.image.config.history), /p:1/);
    const other = await world.build(text, {}, { buildArgs: { ALL_PROXY: 'http://q:2' } });
    assert.deepEqual([...new Set(Object.values(other.cache))], ['hit']);
  });

  test('cache mounts: one for all who share it, others for another namespace', async () => {
    const build = async (n: number, ns: string, mount = '') => {
      const text = `FROM busybox\nRUN --mount=type=cache,id=audit,target=/c${mount} echo ${n} >> /c/log; cat /c/log > /seen\n`;
      const { image } = await world.build(text, {}, { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: ns } });
      return world.read(image, 'seen');
    };
    assert.equal(await build(1, 'a'), '1\n');
    assert.equal(await build(2, 'a', ',sharing=shared'), '1\n2\n');
    assert.equal(await build(3, 'b'), '3\n');
  });

  test('ONBUILD COPY --from takes from a stage or image of whoever builds on it', async () => {
    await world.build('FROM busybox\nRUN echo tools > /tool\n', {}, { tags: ['tools'] });
    const base = await world.build(
      'FROM busybox\nONBUILD COPY --from=tools /tool /taken\n',
      {},
      { tags: ['onto'] },
    );
    assert.ok(base.image);
    const { image } = await world.build('FROM onto\n');
    assert.equal(world.read(image, 'taken'), 'tools\n');
  });

  test('a step tells why it ran', async () => {
    const build = (text: string, file: string, args = {}) =>
      world.build(
        `FROM busybox\nARG V\n${text}`,
        { 'w/a': file, 'w/b': 'b' },
        { buildArgs: args, tags: ['why'] },
      );
    const text = 'COPY w /w\nRUN cat /w/a\nUSER 5\n';
    const fresh = await build(text, '1');
    assert.equal(fresh.cache['COPY w /w'], 'first build of this step');
    const changed = await build(text, '2');
    assert.equal(changed.cache['COPY w /w'], 'w/a changed (1 of 2 files)');
    assert.equal(changed.cache['RUN cat /w/a'], 'follows the COPY above');
    assert.equal(changed.cache['USER 5'], 'follows the RUN above');
    const reworded = await build(text.replace('cat', 'wc'), '2');
    assert.equal(reworded.cache['RUN wc /w/a'], 'the instruction changed, it was RUN cat /w/a');
    const argued = await build(text, '2', { V: 'x' });
    assert.equal(argued.cache['RUN cat /w/a'], 'V changed');
    const forced = await world.build(
      `FROM busybox\nARG V\n${text}`,
      { 'w/a': '2', 'w/b': 'b' },
      { noCache: true },
    );
    assert.equal(forced.cache['RUN cat /w/a'], '--no-cache');
  });

  test('a copy from a stage that ran again with the same result is not made again', async () => {
    const text = (salt: string) =>
      `FROM busybox AS a\nRUN echo ${salt} > /salt; echo same > /out\nFROM busybox\nCOPY --from=a /out /o\n`;
    await world.build(text('1'));
    const { cache } = await world.build(text('2'));
    assert.equal(cache['COPY --from=a /out /o'], 'hit');
  });

  test('independent stages run at the same time, equal steps once', async () => {
    const wait = (name: string, other: string) =>
      `--mount=type=cache,target=/c,id=meet touch /c/${name}; for i in $(seq 100); do test -e /c/${other} && exit 0; sleep 0.1; done; exit 1`;
    const { events } = await world.build(
      `FROM busybox AS a\nRUN ${wait('a', 'b')}\nFROM busybox AS b\nRUN ${wait('b', 'a')}\nFROM busybox AS c\nRUN echo once\nFROM busybox AS d\nRUN echo once\nFROM scratch\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\nCOPY --from=c /etc/passwd /c\nCOPY --from=d /etc/passwd /d\n`,
    );
    const ran = events.filter((event) => event.type === 'step-started' && event.name === 'RUN echo once');
    assert.equal(ran.length, 2);
    const usage = (await world.builder.cacheUsage()).filter(
      ({ description }) => description === 'RUN echo once',
    );
    assert.equal(usage.length, 1);
  });

  test('two builds at once share a step and its output', async () => {
    const text = 'FROM busybox\nRUN sleep 0.3; echo shared $(cat /proc/sys/kernel/random/uuid)\n';
    const [one, two] = await Promise.all([world.build(text, {}), world.build(text, {})]);
    assert.match(one.output, /^shared /);
    assert.equal(one.output, two.output);
    assert.equal(one.image.id, two.image.id);
  });

  test('triggers of the base run in the build on top of it', async () => {
    const base = await world.build('FROM busybox\nONBUILD COPY app /app\nONBUILD RUN cat /app > /seen\n');
    const { image } = await world.build(`FROM ${base.image.id}\nRUN cat /seen\n`, { app: 'mine' });
    assert.equal(world.read(image, 'seen'), 'mine');
    assert.equal(image.config.config?.OnBuild, undefined);
  });

  test('USER: RUN is that user, COPY belongs to root, WORKDIR to the user', async () => {
    const { output } = await world.build(
      'FROM busybox\nUSER nobody\nWORKDIR /w\nCOPY f /f\nRUN id -un; stat -c "%n %u" /w /f; echo $HOME; touch /w/x\n',
      { f: '' },
    );
    assert.equal(output, 'nobody\n/w 65534\n/f 0\n/home\n');
  });

  test('a RUN that fails says so as Docker does and leaves nothing', async () => {
    await assert.rejects(world.build('FROM busybox\nRUN echo x; exit 3\n'), {
      message: "The command '/bin/sh -c echo x; exit 3' returned a non-zero code: 3",
      exitCode: 3,
    });
    await assert.rejects(world.build('FROM busybox\nRUN ["/nope"]\n'), /no such file or directory/);
    await assert.rejects(world.build('FROM busybox\nUSER nope\nRUN true\n'), /unable to find user nope/);
    assert.deepEqual(world.leftovers(), []);
  });

  test('owners that are not there are root, and are told of, also from the cache', async () => {
    const text = `FROM busybox
COPY --chown=nope f /a
COPY --link --chown=daemon:nope f /b
COPY --chown=root:daemon f /c
USER 5:nope
WORKDIR /w
WORKDIR /tmp
RUN ["true"]
`;
    const warned = async (dockerfile: string): Promise<string[]> =>
      (await world.build(dockerfile, { f: '' })).events.flatMap((event) =>
        event.type === 'warning' ? [`${event.file}:${event.line}: ${event.message}`] : [],
      );
    const wanted = [
      'Dockerfile:2: the image has no user nope: what --chown=nope copies belongs to 0:0. Add the user above this line, or write a number',
      'Dockerfile:3: the image has no group nope: what --chown=daemon:nope copies belongs to 1:1. Add the group above this line, or write a number',
      'Dockerfile:6: the image has no group nope: the directory /w belongs to 5:5. Add the group above this line, or write a number',
    ];
    const asRoot = text.replace('RUN ["true"]', 'USER root\nRUN stat -c "%n %u:%g" /a /b /c /w');
    assert.deepEqual(await warned(asRoot), wanted);
    assert.deepEqual(await warned(asRoot), wanted);
    const { output } = await world.build(asRoot, { f: '' }, { noCache: true });
    assert.equal(output, '/a 0:0\n/b 1:1\n/c 0:1\n/w 5:5\n');
    await assert.rejects(warned(text), /unable to find group nope/);
    await assert.rejects(warned('FROM scratch\nCOPY --chown=nope f /\n'), {
      message: 'Dockerfile:2:1: --chown=nope: "scratch" has no users and groups: write numbers',
    });
    assert.deepEqual(await warned('FROM scratch\nCOPY --chown=root:7 f /\n'), []);
  });

  test('an abort ends the running steps and leaves nothing', async () => {
    const stop = new AbortController();
    const build = world.build('FROM busybox\nRUN sleep 30\n', {}, {}, stop.signal);
    const failed = assert.rejects(build, { name: 'AbortError' });
    await delay(400);
    stop.abort();
    await failed;
    assert.deepEqual(world.leftovers(), []);
  });

  test('what is missing in the context is told with its place before anything runs', async () => {
    const missing = (text: string) =>
      world.build(`FROM busybox\nRUN sleep 5\n${text}\n`, { a: '', '.dockerignore': 'a' });
    const begun = performance.now();
    await assert.rejects(missing('COPY nope /x'), {
      message:
        'Dockerfile:3:1: COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
    });
    await assert.rejects(world.build('FROM Busybox\n'), {
      message:
        'Dockerfile:1:1: failed to parse stage name "Busybox": invalid reference format: repository name (library/Busybox) must be lowercase',
    });
    for (const line of ['COPY --from=Nope /a /b', 'RUN --mount=from=Nope,target=/n true'])
      await assert.rejects(
        missing(line),
        /^DockerfileError: Dockerfile:3:1: failed to parse stage name "Nope"/,
      );
    const long = 'n'.repeat(256);
    for (const line of [
      `WORKDIR ${long}`,
      `COPY --from=busybox /bin/true /${long}/`,
      `RUN --mount=type=tmpfs,target=/${long} true`,
    ])
      await assert.rejects(
        world.build(`FROM busybox\n${line}\n`),
        /^DockerfileError: Dockerfile:2:1: a path is longer than Linux takes: 255 bytes a name, 4095 in all$/,
      );
    await assert.rejects(missing('COPY a /x'), /stat a: file does not exist$/);
    await assert.rejects(missing('COPY ../../etc/passwd /x'), /stat etc\/passwd: file does not exist$/);
    assert.ok(performance.now() - begun < 5000);
  });

  test('symlinks in the context never lead out of it', async () => {
    const contextDir = world.writeContext({ inside: 'in' });
    symlinkSync('/etc/hostname', join(contextDir, 'absolute'));
    symlinkSync('../../../../../etc/hostname', join(contextDir, 'relative'));
    symlinkSync('/inside', join(contextDir, 'rooted'));
    for (const name of ['absolute', 'relative'])
      await assert.rejects(
        world.build(`FROM busybox\nCOPY ${name} /x\n`, {}, { contextDir }),
        /file does not exist/,
      );
    const { image } = await world.build('FROM busybox\nCOPY rooted /x\n', {}, { contextDir });
    assert.equal(world.read(image, 'x'), 'in');
  });

  test('symlinks in an image never lead out of it', async () => {
    const { image } = await world.build(
      'FROM busybox\nRUN ln -s /../../../../tmp /escape && ln -s ../../../../../../../tmp /up\nCOPY f /escape/lbt-proof\nCOPY f /up/lbt-proof2\n',
      { f: 'proof' },
    );
    assert.equal(world.read(image, 'tmp/lbt-proof'), 'proof');
    assert.equal(world.read(image, 'tmp/lbt-proof2'), 'proof');
  });

  test('files that the runtime mounts over are in no layer', async () => {
    const { image } = await world.build(
      'FROM scratch\nCOPY --from=busybox /bin /bin\nRUN cat /etc/hosts > /seen; hostname\n',
    );
    assert.match(world.read(image, 'seen') ?? '', /localhost buildkitsandbox/);
    const layer = image.config.rootfs.diff_ids.at(-1);
    assert.ok(layer);
    assert.deepEqual(readdirSync(world.parts.snapshots.layerPath(layer)), ['dev', 'proc', 'seen', 'sys']);
  });

  test('networks: none has only lo, the default one has an address', async () => {
    const { output } = await world.build(
      'FROM busybox\nRUN --network=none ip -o link | wc -l\nRUN ip -o -4 addr show eth0 | wc -l\n',
    );
    assert.deepEqual(output.split('\n').slice(0, 2), ['1', '1']);
  });

  test('cache mounts keep their files between builds and out of layers', async () => {
    const text = (salt: string) =>
      `FROM busybox\nRUN --mount=type=cache,target=/cache echo ${salt} >> /cache/log; cat /cache/log\n`;
    await world.build(text('one'));
    const { output, image } = await world.build(text('two'));
    assert.equal(output, 'one\ntwo\n');
    assert.equal(world.read(image, 'cache/log'), undefined);
  });

  test('bind mounts show other stages and the context', async () => {
    const { output } = await world.build(
      'FROM busybox AS a\nRUN echo stage > /s\nFROM busybox\nRUN --mount=from=a,target=/a --mount=target=/ctx,source=d --mount=type=tmpfs,target=/t cat /a/s /ctx/f; touch /ctx/x 2>/dev/null || echo read-only; touch /t/x; ls -A /ctx\n',
      { 'd/f': 'context\n', 'd/ignored': '', '.dockerignore': 'd/ignored' },
    );
    assert.equal(output, 'stage\ncontext\nread-only\nf\n');
  });

  test('a mounted part of a stage counts by its content, a whole one by its layers', async () => {
    const build = (file: string, mount: string) =>
      world.build(
        `FROM busybox AS a\nCOPY f /f\nRUN mkdir /out && echo same > /out/x\nFROM busybox\nRUN --mount=from=a,target=/m${mount} cat /m/*/x /m/x 2>/dev/null; true`,
        { f: file },
      );
    for (const mount of [',source=out', ',source=/out,rw']) {
      assert.equal((await build('1', mount)).output, 'same\n');
      assert.equal((await build('2', mount)).output, '');
    }
    assert.equal((await build('1', '')).output, 'same\n');
    assert.equal((await build('2', '')).output, 'same\n');
  });

  test('ADD loads URLs, checks them and remembers what they gave', async () => {
    let text = 'from the web';
    const server = createServer((request, response) => {
      if (request.url !== '/dir/file.txt') response.writeHead(404);
      else response.setHeader('last-modified', 'Thu, 01 Jan 2015 00:00:00 GMT');
      response.end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dir`;
    try {
      const dockerfile = `FROM busybox\nADD ${url}/file.txt /x/\nRUN stat -c "%a %Y" /x/file.txt\n`;
      const { image, output } = await world.build(dockerfile);
      assert.equal(world.read(image, 'x/file.txt'), 'from the web');
      assert.equal(output, '600 1420070400\n');
      const add = `ADD ${url}/file.txt /x/`;
      assert.equal((await world.build(dockerfile)).cache[add], 'hit');
      text = 'changed';
      assert.match((await world.build(dockerfile)).cache[add] ?? '', /changed$/);
      await assert.rejects(
        world.build(`FROM busybox\nADD ${url}/none /x\n`),
        /^DockerfileError: Dockerfile:2:1: ADD failed: failed to GET .*\/dir\/none with status 404 Not Found$/,
      );
      const wrong = `FROM busybox\nADD --checksum=sha256:${'0'.repeat(64)} ${url}/file.txt /x\n`;
      await assert.rejects(world.build(wrong), /digest mismatch/);
    } finally {
      server.close();
    }
    assert.deepEqual(world.leftovers(), []);
  });

  test('names that are no UTF-8 are copied byte by byte; sockets are left out', async () => {
    const contextDir = world.writeContext({ 'd/plain': '' });
    writeFileSync(Buffer.concat([Buffer.from(`${contextDir}/d/`), Buffer.from([0xff, 0xfe])]), 'bytes');
    const socket = createServer().listen(join(contextDir, 'd/socket'));
    await once(socket, 'listening');
    const { output } = await world.build(
      'FROM busybox\nCOPY d /d\nRUN cd /d; printf %s * | od -An -tx1\n',
      {},
      { contextDir },
    );
    socket.close();
    assert.equal(output.trim().replaceAll(' ', ''), '706c61696efffe');
  });

  test('a RUN that prints much is told in full and in order', async () => {
    const { output } = await world.build('FROM busybox\nRUN seq 1 200000; echo err >&2\n');
    const lines = output.split('\n');
    assert.equal(lines.length, 200_002);
    assert.equal(lines.filter((line) => line !== 'err')[123_456], '123457');
  });

  test('pruning removes records and the layers that only they hold', async () => {
    const kept = await world.build('FROM busybox\nRUN echo kept > /k\n', {}, { tags: ['kept:1'] });
    const gone = await world.build('FROM busybox\nRUN echo gone > /g\n');
    await world.parts.images.remove(gone.image.id, { inUseBy: () => undefined });
    const layer = gone.image.config.rootfs.diff_ids.at(-1);
    assert.ok(layer && world.builder.holdsLayer(layer) && world.parts.snapshots.layer(layer));
    const { deleted } = await world.builder.prune({ all: true });
    assert.ok(deleted.length > 0);
    assert.equal(world.parts.snapshots.layer(layer), undefined);
    assert.equal(world.read(kept.image, 'k'), 'kept\n');
    assert.deepEqual(await world.builder.cacheUsage(), []);
  });
});
