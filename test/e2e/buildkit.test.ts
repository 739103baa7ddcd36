import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileStat } from '../../src/buildkit/message-types.ts';
import { goMode } from '../../src/buildkit/session/file-mode.ts';
import type { GrpcHandler } from '../../src/lib/grpc/server.ts';
import {
  BuildKitTestClient,
  readPackets,
  sendPacket,
  type TestClientOptions,
  type TestFiles,
  upgrade,
} from './buildkit-client.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

describe('clients of BuildKit', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const connect = (files: TestFiles, more: TestClientOptions = {}): Promise<BuildKitTestClient> =>
    BuildKitTestClient.connect(engine.socket, {
      directories: { context: files, dockerfile: files },
      ...more,
    });
  const image = (name: string) => ({ Type: 'image', Attrs: { name } });
  const inspect = async (name: string): Promise<{ Id: string; RootFS: { Layers: string[] } }> =>
    JSON.parse((await engine.request('GET', `/images/${name}/json`)).body) as never;

  test('an image is built, named, and told as BuildKit tells it', async () => {
    const Dockerfile = 'FROM busybox\nARG V=1\nCOPY a /a\nRUN test -f /a && echo "v $V"\n';
    await using client = await connect({ Dockerfile, a: 'x' });
    const { response, status } = await client.build({ 'build-arg:V': '2' }, { exporters: [image('one')] });
    const { Id } = await inspect('one');
    assert.equal(response['containerimage.digest'], Id);
    assert.equal(response['image.name'], 'docker.io/library/one');
    const names = [...new Set(status.vertexes.map(({ name }) => name))];
    const expected = [
      '[1/3] FROM docker.io/library/busybox:latest',
      '[2/3] COPY a /a',
      '[3/3] RUN test -f /a && echo "v 2"',
      '[internal] load .dockerignore',
      '[internal] load build context',
      '[internal] load build definition from Dockerfile',
      '[internal] load metadata for docker.io/library/busybox:latest',
      'exporting to image',
    ];
    assert.deepEqual(new Set(names), new Set(expected));
    const statuses = new Set(status.statuses.map(({ ID }) => ID));
    for (const part of [
      'transferring dockerfile:',
      'transferring context:',
      'exporting layers',
      'naming to docker.io/library/one',
    ])
      assert.ok(statuses.has(part), `${part} in ${[...statuses].join(', ')}`);
    assert.equal(status.logs.map(({ msg }) => String(msg)).join(''), 'v 2\n');
    for (const name of names) {
      const told = status.vertexes.filter((vertex) => vertex.name === name);
      assert.ok(told.at(-1)?.completed, `${name} is over`);
    }
  });

  test('a client that runs the frontend itself may look into the result', async () => {
    const Dockerfile =
      'FROM busybox\nRUN mkdir /d && echo hello > /d/f && ln -s /d/f /d/l && ln -s / /d/up\n';
    await using client = await connect({ Dockerfile });
    const seen: Record<string, unknown> = {};
    const { response, result } = await client.buildByGateway(
      {},
      {
        exporters: [image('two')],
        async use(Ref, ref) {
          const read = async (more: object): Promise<string> =>
            String(
              (await client.call<{ Data: Buffer }>('LLBBridge/ReadFile', { Ref, ...more }, { ref })).Data,
            );
          seen['file'] = await read({ FilePath: '/d/l' });
          seen['part'] = await read({ FilePath: 'd/f', Range: { Offset: 1, Length: 3 } });
          seen['around'] = await read({ FilePath: '/d/up/../../d/f' });
          const entries = await client.call<{ entries: FileStat[] }>(
            'LLBBridge/ReadDir',
            { Ref, DirPath: '/d', IncludePattern: '[fl]' },
            { ref },
          );
          seen['entries'] = entries.entries.map(({ path, size, linkname }) => [path, size, linkname]);
          const stat = await client.call<{ stat: FileStat }>(
            'LLBBridge/StatFile',
            { Ref, Path: '/d' },
            { ref },
          );
          seen['stat'] = stat.stat.mode;
          await assert.rejects(read({ FilePath: '/d/none' }), /open \/d\/none: no such file or directory/);
          await assert.rejects(read({ FilePath: '/d' }), /not a regular file/);
          await assert.rejects(read({ Ref: 'wrong', FilePath: '/d' }), /no such ref: wrong/);
          const known = await client.call<{ Digest: string; Config: Buffer }>(
            'LLBBridge/ResolveImageConfig',
            { Ref: 'docker.io/library/busybox:latest' },
            { ref },
          );
          seen['digest'] = known.Digest;
          seen['config'] = (JSON.parse(String(known.Config)) as { os: string }).os;
          await client.call('LLBBridge/Warn', { digest: 'x', short: Buffer.from('careful') }, { ref });
          await assert.rejects(
            client.call('LLBBridge/Inputs', {}, { ref: 'none', signal: AbortSignal.timeout(50) }),
          );
          assert.deepEqual(await client.call('LLBBridge/Inputs', {}, { ref }), { Definitions: {} });
        },
      },
    );
    assert.deepEqual(seen, {
      file: 'hello\n',
      part: 'ell',
      around: 'hello\n',
      entries: [
        ['f', 6, ''],
        ['l', 0, '/d/f'],
      ],
      stat: goMode('directory', 0o755),
      digest: (await inspect('busybox')).Id,
      config: 'linux',
    });
    assert.ok(result?.metadata['containerimage.config']);
    assert.equal(response['containerimage.digest'], (await inspect('two')).Id);
    const call = client.calls.call('/moby.buildkit.v1.frontend.LLBBridge/NewContainer', Buffer.alloc(0));
    await assert.rejects(call, { code: 12, message: /does not offer to run processes/ });
  });

  test('outputs come as a directory and as an archive', async () => {
    const Dockerfile = 'FROM scratch\nCOPY d /d\n';
    const files = { Dockerfile, 'd/one': '1', 'd/deep/two': '2', 'd/link': { link: 'one' } };
    await using directory = await connect(files, { output: 'directory' });
    await directory.build({}, { exporters: [{ Type: 'local', Attrs: {} }] });
    assert.deepEqual(Object.fromEntries(directory.received.files), {
      'd/one': Buffer.from('1'),
      'd/deep/two': Buffer.from('2'),
    });
    await using archive = await connect(files, { output: 'file' });
    await archive.build({}, { exporters: [{ Type: 'tar', Attrs: {} }] });
    assert.ok(archive.received.bytes.includes('d/deep/two'));
    assert.equal(archive.received.bytes.length % 512, 0);
    const typeOf = async (CompatibilityVersion: number, type = 'docker'): Promise<unknown> => {
      const more = { CompatibilityVersion };
      const { response } = await archive.build({}, { exporters: [{ Type: type, Attrs: {} }], more });
      const descriptor = Buffer.from(response['containerimage.descriptor'] ?? '', 'base64').toString();
      return (JSON.parse(descriptor) as { mediaType: string }).mediaType;
    };
    const oci = 'application/vnd.oci.image.manifest.v1+json';
    assert.deepEqual(
      [await typeOf(0), await typeOf(20), await typeOf(30), await typeOf(20, 'oci')],
      [oci, 'application/vnd.docker.distribution.manifest.v2+json', oci, oci],
    );
    await assert.rejects(typeOf(40), /unsupported compatibility-version 40/);
  });

  test('secrets reach a step, and a missing one that is required is told', async () => {
    const Dockerfile =
      'FROM busybox\nRUN --mount=type=secret,id=s,required=true test "$(cat /run/secrets/s)" = hush\n';
    await using knowing = await connect({ Dockerfile }, { secrets: { s: 'hush' } });
    await knowing.build();
    await using other = await connect(
      { Dockerfile: `${Dockerfile}RUN --mount=type=secret,id=t,required=true true\n` },
      { secrets: { s: 'hush' } },
    );
    await assert.rejects(other.build(), /secret t: not found/);
  });

  test('of files that came before only changed ones are asked for', async () => {
    const Dockerfile = 'FROM scratch\nCOPY . /\n';
    const sharedKey = randomUUID();
    const asked: string[][] = [];
    for (const files of [
      { a: '1', b: '2' },
      { a: '1', b: '2' },
      { a: '1', b: 'two' },
    ]) {
      await using client = await connect({ Dockerfile, ...files }, { sharedKey });
      await client.build();
      asked.push(client.asked.filter((path) => path !== 'Dockerfile'));
    }
    assert.deepEqual(asked, [['a', 'b'], [], ['b']]);
  });

  for (const [what, Dockerfile, message] of [
    [
      'a command that fails',
      'FROM busybox\nRUN exit 3\n',
      'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3',
    ],
    [
      'a word that is no instruction',
      'FROM busybox\nRUNN x\n',
      'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
    ],
    [
      'a file that is not there',
      'FROM busybox\nCOPY none /\n',
      'failed to compute cache key: failed to calculate checksum of ref lading::context: "/none": not found',
    ],
  ] as const)
    test(`${what} is told in BuildKit's words`, async () => {
      await using client = await connect({ Dockerfile });
      await assert.rejects(client.build(), { code: 2, message });
    });

  test('POST /build with a session, as old clients of Docker ask for BuildKit; and its cancellation', async () => {
    await using client = await connect({ Dockerfile: 'FROM busybox\nARG A\nRUN echo "old $A"; sleep $A\n' });
    const ask = (id: string, A: string): Promise<{ body: string }> =>
      engine.request(
        'POST',
        `/build?version=2&remote=client-session&session=${client.session}&buildid=${id}&t=old&buildargs=${encodeURIComponent(JSON.stringify({ A }))}`,
      );
    const { body } = await ask('first', '0');
    const answers = body
      .trim()
      .split('\r\n')
      .map((line) => JSON.parse(line) as { id: string; aux: unknown });
    const last = answers.at(-1);
    assert.deepEqual(last, { id: 'moby.image.id', aux: { ID: (await inspect('old')).Id } });
    const told = answers.slice(0, -1).map(({ aux }) => Buffer.from(String(aux), 'base64').toString('latin1'));
    assert.ok(told.join('').includes('old 0'));
    const second = ask('second', '545');
    await until(() => isRunning('sleep 545'));
    assert.equal((await engine.request('POST', '/build/cancel?id=second')).status, 200);
    assert.match((await second).body, /"error":"context canceled"/);
    await until(() => !isRunning('sleep 545'));
  });

  test('one ref is built once at a time', async () => {
    await using client = await connect({ Dockerfile: 'FROM busybox\nRUN sleep 0.5\n' });
    const ref = randomUUID();
    const first = client.build({ 'no-cache': '' }, { ref });
    await sleep(100);
    await assert.rejects(client.build({}, { ref }), { message: `job ID ${ref} exists` });
    await first;
    await client.build({}, { ref });
  });

  test('builds on record: what was asked and told, also after a restart, and told as they come', async () => {
    const Dockerfile = 'FROM busybox\nRUN echo kept words && exit 4\n';
    interface Event {
      readonly type: number;
      readonly record: {
        readonly Ref: string;
        readonly FrontendAttrs: Record<string, string>;
        readonly Exporters: { Type: string }[];
        readonly error: { message: string; details: { type_url: string }[] } | null;
        readonly externalError: { digest: string } | null;
      };
    }
    const ref = randomUUID();
    const stop = new AbortController();
    const listen = (client: BuildKitTestClient, asked: object, signal?: AbortSignal): AsyncGenerator<Event> =>
      client.stream('ListenBuildHistory', 'BuildHistoryRequest', 'BuildHistoryEvent', asked, signal);
    {
      await using client = await connect({ Dockerfile });
      const coming: number[] = [];
      const listening = (async () => {
        for await (const event of listen(client, { Ref: ref }, stop.signal)) coming.push(event.type);
      })().catch(() => {});
      await sleep(50);
      await assert.rejects(client.build({ 'build-arg:A': 'b' }, { ref, exporters: [image('never')] }));
      await sleep(50);
      stop.abort();
      await listening;
      assert.deepEqual(coming, [0, 1]);
    }
    await engine.stop();
    await engine.start();
    await using client = await connect({ Dockerfile });
    const [event, ...others] = await Array.fromAsync(listen(client, { Ref: ref, EarlyExit: true }));
    assert.equal(others.length, 0);
    assert.equal(event?.record.FrontendAttrs['build-arg:A'], 'b');
    assert.deepEqual(
      event.record.Exporters.map(({ Type }) => Type),
      ['image'],
    );
    assert.match(event.record.error?.message ?? '', /exit code: 4$/);
    assert.equal(event.record.error?.details.length, 2);
    const { logs } = await client.status(ref);
    assert.ok(
      logs
        .map(({ msg }) => String(msg))
        .join('')
        .includes('kept words\n'),
    );
    await client.call('Control/UpdateBuildHistory', { Ref: ref, Delete: true });
    assert.deepEqual(await Array.fromAsync(listen(client, { Ref: ref, EarlyExit: true })), []);
  });

  test('thirty builds at the same time on one connection', async () => {
    await using client = await connect({ Dockerfile: 'FROM busybox\nARG N\nRUN echo $N > /n\n' });
    const numbers = Array.from({ length: 30 }, (_, number) => number);
    const built = await Promise.all(
      numbers.map((number) =>
        client.build({ 'build-arg:N': String(number % 10) }, { exporters: [image(`many:${number}`)] }),
      ),
    );
    const digests = built.map(({ response }) => response['containerimage.digest']);
    assert.equal(new Set(digests).size, 10);
  });

  describe('that misbehave', () => {
    const file = (path: string, more: Partial<FileStat> = {}): Partial<FileStat> => ({
      path,
      mode: goMode('file', 0o644),
      size: 1,
      modTime: 1e18,
      ...more,
    });
    const Dockerfile = 'FROM scratch\nCOPY . /\n';

    /** Tells some entries, then does what a test wants. */
    const telling =
      (stats: Partial<FileStat>[], rest: GrpcHandler = answerAll): GrpcHandler =>
      async (call) => {
        const own = [file('Dockerfile', { size: Dockerfile.length }), ...stats];
        if (String(call.metadata['dir-name']) === 'dockerfile') own.length = 1;
        for (const stat of own) await sendPacket(call, { type: 0, stat });
        if (own.length === 1) return answerAll(call);
        await rest(call);
      };
    const answerAll: GrpcHandler = async (call) => {
      await sendPacket(call, { type: 0 });
      for await (const { type, ID } of readPackets(call)) {
        if (type === 1) {
          const data = Buffer.from(ID === 0 ? Dockerfile : 'x');
          await sendPacket(call, { type: 2, ID, data });
          await sendPacket(call, { type: 2, ID });
        } else if (type === 3) return sendPacket(call, { type: 3 });
      }
    };

    const outcome = async (services: Record<string, GrpcHandler>): Promise<string> => {
      await using client = await connect({}, { services });
      return await client.build({}, { signal: AbortSignal.timeout(5000) }).then(
        () => 'built',
        (error: Error) => error.message,
      );
    };
    const sync = '/moby.filesync.v1.FileSync/DiffCopy';

    for (const [what, handler, expected] of [
      ['a path that leads out', telling([file('../../evil')]), /leads out of its root/],
      ['a path with a zero byte', telling([file('a\0b')]), /zero byte/],
      ['a path without an end', telling([file('a/'.repeat(5000))]), /too long a name/],
      ['a part of a path that is too long', telling([file('a'.repeat(300))]), /ENAMETOOLONG|too long/],
      ['an absolute path, which is one in the context', telling([file('/etc/x')]), /built/],
      ['one path twice', telling([file('a'), file('a')]), /built/],
      [
        'a path through a symlink',
        telling([{ path: 'l', mode: goMode('symlink', 0o777), linkname: '/etc' }, file('l/passwd')]),
        /goes through "l", which is a symlink/,
      ],
      [
        'a link to what is not there',
        telling([file('a', { linkname: '../../etc/shadow' })]),
        /leads out|not a file before it/,
      ],
      ['a link to a file that did not come', telling([file('a', { linkname: 'b' })]), /not a file before it/],
      ['a size that is a lie', telling([file('a', { size: 500_000 }), file('b', { size: 0 })]), /built/],
      ['a size below zero', telling([file('a', { size: -1 })]), /built|size/],
      ['a time that is none', telling([file('a', { modTime: -8e18 })]), /built|time/],
      [
        'the end before the end',
        telling([file('a')], (call) => sendPacket(call, { type: 3 })),
        /stopped sending files before the end/,
      ],
      [
        'contents that nobody asked for',
        telling([file('a')], async (call) => {
          await sendPacket(call, { type: 2, ID: 77, data: Buffer.from('x') });
          await answerAll(call);
        }),
        /invalid file request 77/,
      ],
      [
        'files after the end of their list',
        telling([file('a')], async (call) => {
          await sendPacket(call, { type: 0 });
          await sendPacket(call, { type: 0, stat: file('b') });
          await answerAll(call);
        }),
        /after the end of their list/,
      ],
      [
        'bytes that are no message',
        telling([file('a')], (call) => call.send(Buffer.alloc(100, 0xff))),
        /cannot read a message \(Packet\)/,
      ],
      [
        'an error of its own',
        telling([file('a')], (call) => sendPacket(call, { type: 4, data: Buffer.from('disk on fire') })),
        /error from sender: disk on fire/,
      ],
      ['a refusal', (() => Promise.reject(new Error('no'))) satisfies GrpcHandler, /no/],
    ] as const)
      test(`files: ${what}`, async () => {
        assert.match(await outcome({ [sync]: handler }), expected);
        await nothingLeft();
      });

    test('a session that hangs up in the middle of a file', async () => {
      const handler = telling([file('a', { size: 3 << 20 })], async (call) => {
        await sendPacket(call, { type: 0 });
        for await (const { type, ID } of readPackets(call)) {
          if (type !== 1) continue;
          await sendPacket(call, { type: 2, ID, data: Buffer.alloc(1 << 20) });
          throw new Error('gone');
        }
      });
      assert.match(await outcome({ [sync]: handler }), /gone/);
      await nothingLeft();
    });

    test('a client that vanishes while its Dockerfile is read, its files are listed, and one comes', async () => {
      for (const stage of ['dockerfile', 'list', 'file'] as const) {
        const reached = Promise.withResolvers<void>();
        const hang = (): Promise<never> => {
          reached.resolve();
          return new Promise(() => {});
        };
        const handler: GrpcHandler = async (call) => {
          const isDockerfile = String(call.metadata['dir-name']) === 'dockerfile';
          if (isDockerfile) return stage === 'dockerfile' ? hang() : telling([])(call);
          if (stage === 'list') return telling([file('a')], hang)(call);
          return telling([file('a', { size: 3 << 20 })], async () => {
            await sendPacket(call, { type: 0 });
            for await (const { type, ID } of readPackets(call))
              if (type === 1) {
                await sendPacket(call, { type: 2, ID, data: Buffer.alloc(2 << 20) });
                await hang();
              }
          })(call);
        };
        const client = await connect({}, { services: { [sync]: handler } });
        const building = client.build().then(
          () => 'built',
          () => 'failed',
        );
        await reached.promise;
        client.vanish();
        assert.equal(await building, 'failed', stage);
        await nothingLeft();
      }
    });

    test('a client that vanishes while a step runs: the step ends', async () => {
      const slow = 'FROM busybox\nRUN sleep 543\n';
      const client = await connect({ Dockerfile: slow });
      const building = client.build().catch(() => {});
      await until(() => isRunning('sleep 543'));
      client.vanish();
      await building;
      await until(() => !isRunning('sleep 543'));
      await nothingLeft();
    });

    test('a client that vanishes while it gets its output, and one that refuses it', async () => {
      const method = '/moby.filesync.v1.FileSend/DiffCopy';
      for (const Type of ['local', 'tar']) {
        const begun = Promise.withResolvers<void>();
        const hang: GrpcHandler = () => {
          begun.resolve();
          return new Promise(() => {});
        };
        const client = await connect({ Dockerfile: 'FROM busybox\n' }, { services: { [method]: hang } });
        const building = client.build({}, { exporters: [{ Type, Attrs: {} }] }).catch(() => {});
        await begun.promise;
        client.vanish();
        await building;
        await nothingLeft();
        const refuse: GrpcHandler = () => Promise.reject(new Error('no room'));
        await using other = await connect(
          { Dockerfile: 'FROM busybox\n' },
          { services: { [method]: refuse } },
        );
        await assert.rejects(other.build({}, { exporters: [{ Type, Attrs: {} }] }), /no room/);
        await nothingLeft();
      }
    });

    test('a client that vanishes before its build, and one without a session', async () => {
      await using client = await connect({ Dockerfile });
      const request = { ...client.request(randomUUID(), { Frontend: 'dockerfile.v0' }), Session: 'none' };
      await assert.rejects(client.call('Control/Solve', request, { signal: AbortSignal.timeout(100) }));
      await assert.rejects(client.status('none', AbortSignal.timeout(100)));
      await nothingLeft();
    });

    test('a session with the id of another is refused', async () => {
      await using first = await connect({ Dockerfile });
      await using second = await connect({ Dockerfile }, { session: first.session });
      await first.build();
      await second.calls.call('/grpc.health.v1.Health/Check', Buffer.alloc(0));
    });

    test('connections that speak something else are closed', async () => {
      for (const path of ['/grpc', '/session']) {
        const socket = await upgrade(engine.socket, path, { 'X-Docker-Expose-Session-Uuid': randomUUID() });
        socket.on('error', () => {});
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.end(Buffer.alloc(10_000, 'x'));
        socket.resume();
        await closed;
      }
      const socket = await upgrade(engine.socket, '/session'); // without an id
      await new Promise((resolve) =>
        socket
          .resume()
          .on('error', () => {})
          .once('close', resolve),
      );
      await nothingLeft();
    });

    test('messages that are none, and methods that are none', async () => {
      await using client = await connect({ Dockerfile });
      const call = (path: string, bytes: Buffer) => client.calls.call(path, bytes);
      const garbage = Buffer.alloc(50, 0xff);
      await assert.rejects(call('/moby.buildkit.v1.Control/Solve', garbage), { code: 3 });
      await assert.rejects(call('/moby.buildkit.v1.Control/None', garbage), { code: 12 });
      await assert.rejects(call('/moby.buildkit.v1.Control/Solve', Buffer.alloc(0)), /the build has no ref/);
      await assert.rejects(call('/moby.buildkit.v1.frontend.LLBBridge/Solve', Buffer.alloc(0)), /no buildid/);
      const LLB = { Ref: randomUUID(), Definition: { def: [Buffer.from('xx')] } };
      await assert.rejects(client.call('Control/Solve', LLB));
      await client.build();
    });
  });

  test('an engine that is killed in the middle of a step leaves nothing', async () => {
    for (const stage of ['transfer', 'run'] as const) {
      const hang: GrpcHandler = () => new Promise(() => {});
      const client = await connect(
        { Dockerfile: 'FROM busybox\nCOPY . /\nRUN sleep 544\n' },
        stage === 'transfer' ? { services: { '/moby.filesync.v1.FileSync/DiffCopy': hang } } : {},
      );
      const building = client.build().catch(() => {});
      if (stage === 'run') await until(() => isRunning('sleep 544'));
      else await sleep(100);
      await engine.stop('SIGKILL');
      await building;
      await engine.start();
      await until(() => !isRunning('sleep 544'));
      await nothingLeft();
    }
    await using client = await connect({ Dockerfile: 'FROM busybox\nRUN echo on\n' });
    await client.build();
  });

  async function nothingLeft(): Promise<void> {
    const left = (): string[] => [
      ...readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(engine.dataRoot) || line.includes(engine.runRoot)),
      ...readdirSync(join(engine.runRoot, 'c')),
      ...readdirSync(join(engine.dataRoot, 'build/uploads'))
        .flatMap((name) => readdirSync(join(engine.dataRoot, 'build/uploads', name)))
        .filter((name) => name.startsWith('partial')),
    ];
    await until(() => left().length === 0).catch(() => {});
    assert.deepEqual(left(), []);
    assert.equal((await engine.request('GET', '/_ping')).status, 200);
  }
});

async function until(claim: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !claim(); await sleep(20))
    if (Date.now() > deadline) throw new Error('waited too long');
}

function isRunning(command: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === command;
      } catch {
        return false; // ended meanwhile
      }
    });
}
