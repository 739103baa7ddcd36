import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { exec, type ExecResult, start } from '../../src/lib/exec.ts';
import { packTree } from '../../src/lib/tar/pack-tree.ts';
import { serveGit, type TestGitServer } from '../../src/lib/testing/serve-git.ts';
import { findDocker, needs, startTestEngine, type TestEngine } from './harness.ts';

/** Where a build's files come from: the contexts of `docker buildx build` and of `POST /build`. */
describe('contexts of builds', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let git: TestGitServer;
  let files: Server;
  let filesUrl = '';
  const directory = mkdtempSync('/tmp/lading-contexts-');
  const served = new Map<string, Buffer>();
  let hasBuildx = false;

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    git = await serveGit();
    files = createServer((request, response) => {
      const content = served.get(request.url ?? '');
      response.writeHead(content ? 200 : 404).end(content);
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
    const docker = findDocker();
    hasBuildx = 'path' in docker && (await engine.docker('buildx', 'version')).status === 0;
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    files?.close();
    await git?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  /** Builds with buildx into a directory; returns it with what was printed. */
  async function build(
    args: readonly string[],
    given: { input?: Buffer | string; env?: Record<string, string>; status?: number } = {},
  ): Promise<ExecResult & { out: string }> {
    const docker = findDocker();
    if ('skip' in docker) throw new Error(docker.skip);
    const out = mkdtempSync(join(directory, 'out-'));
    const result = await exec(docker.path, ['buildx', 'build', '--progress=plain', '-o', out, ...args], {
      env: { ...engine.env, DOCKER_BUILDKIT: '1', ...given.env },
      cwd: directory,
      ...(given.input !== undefined && { input: given.input }),
      okStatus: [0, 1],
    });
    assert.equal(result.status, given.status ?? 0, result.stderr);
    return { ...result, out };
  }

  const context = (name: string, content: Readonly<Record<string, string>>): string => {
    const path = join(directory, name);
    for (const [file, text] of Object.entries(content)) {
      mkdirSync(join(path, file, '..'), { recursive: true });
      writeFileSync(join(path, file), text);
    }
    return path;
  };
  const buildx = (title: string, work: () => Promise<void>): void =>
    void test(title, async (t) => (hasBuildx ? work() : t.skip('docker buildx is not installed')));

  buildx('a git repository, by branch, tag and directory', async () => {
    const first = await git.commit('app', {
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      'a.txt': 'one',
      'sub/Dockerfile': 'FROM scratch\nCOPY s /s\n',
      'sub/s': 's',
    });
    await git.git('app', 'tag', 'v1', first);
    await git.commit('app', { 'a.txt': 'two' });
    const { out } = await build([`${git.url}/app.git`]);
    assert.deepEqual(readdirSync(out), ['Dockerfile', 'a.txt', 'sub']);
    assert.equal(readFileSync(join(out, 'a.txt'), 'utf8'), 'two');
    assert.equal(readFileSync(join((await build([`${git.url}/app.git#v1`])).out, 'a.txt'), 'utf8'), 'one');
    assert.deepEqual(readdirSync((await build([`${git.url}/app.git#v1:sub`])).out), ['s']);
    const kept = await build(['--build-arg', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR=1', `${git.url}/app.git`]);
    assert.ok(existsSync(join(kept.out, '.git/HEAD')));
  });

  buildx('a private repository needs the token of the client, which is nowhere afterwards', async () => {
    await git.commit('private', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    git.authorization = `basic ${Buffer.from('x-access-token:s3cr3t-t0ken').toString('base64')}`;
    try {
      const refused = await build([`${git.url}/private.git`], { status: 1 });
      assert.match(refused.stderr, /failed to fetch remote/);
      const { stderr } = await build(['--secret', 'id=GIT_AUTH_TOKEN,env=TOKEN', `${git.url}/private.git`], {
        env: { TOKEN: 's3cr3t-t0ken' },
      });
      await build([`${git.url.replace('//', '//x-access-token:s3cr3t-t0ken@')}/private.git`]);
      const { stdout } = await exec('grep', ['-rlaF', 's3cr3t-t0ken', engine.dataRoot, engine.log], {
        okStatus: [0, 1],
      });
      assert.equal(stdout, '');
      assert.ok(!stderr.includes('s3cr3t-t0ken'));
    } finally {
      git.authorization = undefined;
    }
  });

  buildx('archives and a Dockerfile behind URLs', async () => {
    const path = context('archived', { Dockerfile: 'FROM scratch\nCOPY d /\n', 'd/f': 'packed' });
    const archive = Buffer.concat([...packTree(path)]);
    served.set('/c.tar', archive).set('/c.tgz', gzipSync(archive));
    served.set(
      '/Dockerfile',
      Buffer.from('FROM busybox AS b\nRUN echo alone > /x\nFROM scratch\nCOPY --from=b /x /\n'),
    );
    for (const name of ['c.tar', 'c.tgz'])
      assert.equal(readFileSync(join((await build([`${filesUrl}/${name}`])).out, 'f'), 'utf8'), 'packed');
    assert.equal(readFileSync(join((await build([`${filesUrl}/Dockerfile`])).out, 'x'), 'utf8'), 'alone\n');
    assert.match((await build([`${filesUrl}/nope`], { status: 1 })).stderr, /status 404/);
  });

  buildx('bake: contexts beside a definition that lies in a repository', async () => {
    const tree = {
      'docker-bake.hcl': `target "default" {
  context = "./app"
  contexts = { side = "side", all = ".", one = "side/s" }
}
`,
      'app/Dockerfile':
        'FROM scratch\nCOPY --from=side . /\nCOPY --from=one . /one/\nCOPY --from=all marker /\nCOPY . /\n',
      'app/.dockerignore': 'Dockerfile\n',
      'app/a': 'a',
      'side/s': 's',
      marker: 'm',
    };
    await git.commit('baked', tree);
    const bake = async (url: string): Promise<string[]> => {
      const out = mkdtempSync(join(directory, 'out-'));
      const set = ['--set', `default.output=${out}`];
      const { status, stderr } = await engine.docker('buildx', 'bake', '--progress=plain', url, ...set);
      assert.equal(status, 0, stderr);
      return readdirSync(out, { recursive: true, encoding: 'utf8' }).toSorted();
    };
    assert.deepEqual(await bake(`${git.url}/baked.git`), [
      '.dockerignore',
      'a',
      'marker',
      'one',
      'one/s',
      'side',
      'side/s',
    ]);
    await git.commit('queried', { 'd/Dockerfile': 'FROM scratch\nCOPY f /\n', 'd/f': 'f' });
    const queried = await build([`${git.url}/queried.git?ref=main&subdir=d`], {
      env: { BUILDX_SEND_GIT_QUERY_AS_INPUT: 'true' },
    });
    assert.deepEqual(readdirSync(queried.out), ['f']);
  });

  buildx('an archive or a Dockerfile on standard input', async () => {
    const path = context('piped', {
      Dockerfile: 'FROM scratch\nCOPY f /\n',
      'other.Dockerfile': 'FROM scratch\nCOPY f /g\n',
      f: 'piped',
    });
    const archive = Buffer.concat([...packTree(path)]);
    assert.deepEqual(readdirSync((await build(['-'], { input: archive })).out), ['f']);
    assert.deepEqual(
      readdirSync((await build(['-f', 'other.Dockerfile', '-'], { input: gzipSync(archive) })).out),
      ['g'],
    );
    assert.deepEqual(
      readdirSync((await build(['-f', '-', path], { input: 'FROM scratch\nCOPY f /h\n' })).out),
      ['h'],
    );
    const text = 'FROM busybox AS b\nRUN touch /i\nFROM scratch\nCOPY --from=b /i /\n';
    assert.deepEqual(readdirSync((await build(['-'], { input: text })).out), ['i']);
  });

  buildx('only what is read of a directory is sent', async () => {
    const path = context('large', {
      Dockerfile: 'FROM scratch\nCOPY package.json ./\n',
      'package.json': '{}',
    });
    writeFileSync(join(path, 'huge'), Buffer.alloc(20 << 20, 'x'));
    const { out } = await build([path]);
    assert.deepEqual(readdirSync(out), ['package.json']);
    const { stdout } = await exec('find', [join(engine.dataRoot, 'build/uploads'), '-name', 'huge']);
    assert.equal(stdout, '');
    writeFileSync(
      join(path, 'Dockerfile'),
      'FROM busybox AS b\nRUN --mount=target=/c ls /c > /list\nFROM scratch\nCOPY --from=b /list /\n',
    );
    assert.match(readFileSync(join((await build([path])).out, 'list'), 'utf8'), /^huge$/m);
  });

  buildx('of a named directory only what is read is sent, and again only what changed', async () => {
    const side = context('side', { a: 'a', 'd/b': 'b', '.dockerignore': 'ignored\n', ignored: '' });
    for (const name of ['unread', 'd/large']) writeFileSync(join(side, name), Buffer.alloc(3 << 20, name));
    const both = ['--build-context', `side=${side}`, '--build-context', `rest=${side}`, '-'];
    const text = 'FROM scratch\nCOPY --from=side a d /\n';
    const sent = async (input: string): Promise<{ bytes: string; files: string[] }> => {
      const { stderr, out } = await build(both, { input });
      assert.doesNotMatch(stderr, /\[context rest\]/);
      assert.match(stderr, /\[context side\] load from client\n/);
      const bytes = [...stderr.matchAll(/transferring side: ([\d.]+[kM]?B).* done/g)].at(-1)?.[1] ?? '';
      return { bytes, files: readdirSync(out).toSorted() };
    };
    const first = await sent(text);
    assert.deepEqual(first.files, ['a', 'b', 'large']);
    assert.match(first.bytes, /^3\.\d+MB$/);
    writeFileSync(join(side, 'd/b'), 'changed');
    assert.match((await sent(text)).bytes, /^\d+B$/);
    const all = await sent('FROM scratch\nCOPY --from=side . /\n');
    assert.deepEqual(all.files, ['.dockerignore', 'a', 'd', 'unread']);
    assert.match(all.bytes, /^3\.\d+MB$/);
  });

  buildx('links to what is read come along', async () => {
    const path = context('linked', {
      Dockerfile: 'FROM scratch\nCOPY l/f x*.txt /\n',
      'real/f': 'behind',
      'x1.txt': '1',
      y: 'y',
    });
    await exec('ln', ['-s', 'real', join(path, 'l')]);
    assert.deepEqual(readdirSync((await build([path])).out), ['f', 'x1.txt']);
  });

  buildx('named contexts: git, a URL, a directory with an ignore file, an image layout', async () => {
    await git.commit('named', { f: 'from git' });
    served.set('/file', Buffer.from('from http'));
    const local = context('named-local', { a: 'a', b: 'b', '.dockerignore': 'b\n' });
    const layout = join(directory, 'layout');
    mkdirSync(layout);
    const saved = await exec('tar', [
      '-C',
      layout,
      '-xf',
      join(import.meta.dirname, '../../.cache/bases/busybox.tar'),
    ]);
    assert.equal(saved.status, 0);
    const named = Object.entries({
      g: `${git.url}/named.git`,
      h: `${filesUrl}/file`,
      l: local,
      base: `oci-layout://${layout}`,
    }).flatMap(([name, value]) => ['--build-context', `${name}=${value}`]);
    const text = `FROM base AS b
RUN echo run > /r
FROM scratch
COPY --from=b /r /
COPY --from=g f /g
COPY --from=h context /h
COPY --from=l / /l/
`;
    const { out } = await build([...named, '-'], { input: text });
    assert.deepEqual(readdirSync(out), ['g', 'h', 'l', 'r']);
    assert.equal(readFileSync(join(out, 'h'), 'utf8'), 'from http');
    assert.deepEqual(readdirSync(join(out, 'l')), ['.dockerignore', 'a']);
  });

  buildx('what steps may do is for the client to allow', async () => {
    const insecure = 'FROM busybox\nRUN --security=insecure grep -q 000001ff /proc/self/status\n';
    assert.match(
      (await build(['-'], { input: insecure, status: 1 })).stderr,
      /security\.insecure is not allowed/,
    );
    await build(['--allow', 'security.insecure', '-'], { input: insecure });
    const host = 'FROM busybox\nRUN --network=host true\n';
    assert.match((await build(['-'], { input: host, status: 1 })).stderr, /network\.host is not allowed/);
    await build(['--allow', 'network.host', '-'], { input: host });
  });

  buildx('secrets and agents with all their options', async () => {
    const path = context('mounts', { secret: 'hush' });
    const sockets = ['one', 'two'].map((name) => join(directory, name));
    const agents = sockets.map((socket) => createNetServer((peer) => peer.destroy()).listen(socket));
    const text = `FROM busybox
RUN --mount=type=secret,id=s test "$(cat /run/secrets/s)" = hush
RUN --mount=type=secret,id=s,target=/a/b,mode=0444,uid=5,gid=6 test "$(stat -c %a:%u:%g /a/b)" = 444:5:6
RUN --mount=type=secret,id=s,env=S test "$S" = hush && test ! -e /run/secrets/s
RUN --mount=type=secret,id=s,env=S,target=/t test "$S" = "$(cat /t)"
RUN --mount=type=secret,source=/x/s,required=true test -e /run/secrets/s
RUN --mount=type=secret,id=none test ! -e /run/secrets/none
RUN --mount=type=secret,id=none,env=NONE test "\${NONE-unset}" = ""
RUN --mount=type=ssh,id=one --mount=type=ssh,id=two test "$SSH_AUTH_SOCK" = /run/buildkit/ssh_agent.0 && test -S /run/buildkit/ssh_agent.1
RUN --mount=type=ssh,id=two,target=/agent,mode=0666,uid=7,gid=8 test "$(stat -c %a:%u:%g $SSH_AUTH_SOCK)" = 666:7:8
RUN test ! -e /a/b && test ! -e /agent && ! env | grep -q hush
`;
    try {
      const ssh = ['one', 'two'].flatMap((name, at) => ['--ssh', `${name}=${sockets[at]}`]);
      const file = join(path, 'secret');
      const secret = ['--secret', `id=s,src=${file}`, '--secret', `id=/x/s,src=${file}`];
      await build([...ssh, ...secret, '--no-cache', '-'], { input: text });
      const nothing = (await build(['-'], { input: '', status: 1 })).stderr;
      assert.match(nothing, /no local sources enabled: .* standard input was empty/);
      const missing = 'FROM busybox\nRUN --mount=type=secret,id=none,required true\n';
      assert.match((await build(['-'], { input: missing, status: 1 })).stderr, /secret none: not found/);
      const unset = 'FROM busybox\nRUN --mount=type=ssh,required true\n';
      assert.match((await build(['-'], { input: unset, status: 1 })).stderr, /unset ssh forward key default/);
    } finally {
      for (const agent of agents) agent.close();
    }
  });

  buildx('limits of steps', async () => {
    const text = `FROM busybox
RUN test "$(ulimit -Sn):$(ulimit -Hn)" = 77:88
RUN test "$(df -k /dev/shm | tail -1 | awk '{print $2}')" = 4096
RUN test "$(hostname)" = mine && grep -q '^1.2.3.4.*other' /etc/hosts
`;
    const args = ['--ulimit', 'nofile=77:88', '--shm-size', '4m', '--add-host', 'other:1.2.3.4'];
    await build([...args, '--build-arg', 'BUILDKIT_SANDBOX_HOSTNAME=mine', '-'], { input: text });
    const limited =
      'FROM busybox\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true\n';
    served.set('/limited', Buffer.from(limited));
    const remote = encodeURIComponent(`${filesUrl}/limited`);
    const { body } = await engine.request('POST', `/build?remote=${remote}&memory=33554432&nocache=1`);
    assert.match(body, /33554432/);
  });

  buildx('other frontends are refused, the usual one is built in', async () => {
    await build(['-'], { input: '# syntax=docker/dockerfile:1.7-labs\nFROM busybox\n' });
    await build(['--build-arg', 'BUILDKIT_SYNTAX=docker/dockerfile:1', '-'], { input: 'FROM busybox\n' });
    const { stderr } = await build(['-'], { input: '# syntax=example.com/other\nFROM busybox\n', status: 1 });
    assert.match(stderr, /frontend example\.com\/other is not supported by this engine/);
  });

  /** What steps at work have. */
  const left = (): string[] => [
    ...readdirSync(join(engine.dataRoot, 'snapshots')),
    ...readdirSync(join(engine.dataRoot, 'build/tmp')),
    ...readdirSync(join(engine.runRoot, 'c')),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${engine.dataRoot}/`)),
  ];

  buildx('a client that is killed leaves nothing', async () => {
    const docker = findDocker();
    if ('skip' in docker) return;
    const path = context('killed', {
      Dockerfile: 'FROM busybox\nRUN --mount=type=cache,target=/c sleep 600\n',
    });
    const client = start(docker.path, ['buildx', 'build', '--no-cache', path], {
      env: { ...engine.env, DOCKER_BUILDKIT: '1' },
      stdio: 'ignore',
    });
    await until(() => readdirSync(join(engine.runRoot, 'c')).length > 0);
    client.kill('SIGKILL');
    await until(() => left().length === 0);
    assert.deepEqual(left(), []);
  });

  buildx('the time of the result may be that of the context, or of what a stage adds', async () => {
    const secondsOf = (file: string): number => statSync(file).mtimeMs / 1000;
    const dockerfile = (text: string): string => context(`epoch-${text.length}`, { Dockerfile: text, f: '' });
    const files = 'FROM scratch\nCOPY Dockerfile /f\n';
    const declared = await build([dockerfile(`ARG SOURCE_DATE_EPOCH=1700000000\n${files}`)]);
    assert.equal(secondsOf(join(declared.out, 'f')), 1_700_000_000);
    const ofContext = ['--build-arg', 'SOURCE_DATE_EPOCH=context'];
    await git.commit('dated', { Dockerfile: files });
    const aliased = `alias.old=!GIT_COMMITTER_DATE='1600000000 +0000' git commit-tree -m old main^{tree}`;
    await git.git('dated', 'update-ref', 'refs/heads/main', await git.git('dated', '-c', aliased, 'old'));
    const cloned = await build([...ofContext, `${git.url}/dated.git`]);
    assert.equal(secondsOf(join(cloned.out, 'f')), 1_600_000_000);
    const path = dockerfile(files);
    for (const name of ['Dockerfile', 'f']) utimesSync(join(path, name), 1_500_000_000, 1_500_000_000);
    served.set('/dated.tar', Buffer.concat([...packTree(path)]));
    const archived = await build([...ofContext, `${filesUrl}/dated.tar`]);
    assert.equal(secondsOf(join(archived.out, 'f')), 1_500_000_000);
    const local = await build([...ofContext, path]);
    assert.ok(secondsOf(join(local.out, 'f')) >= 1_500_000_000);
    const staged = dockerfile(`FROM scratch AS src\nADD ${git.url}/dated.git /\n${files}`);
    const ofStage = await build(['--build-arg', 'SOURCE_DATE_EPOCH=src', staged]);
    assert.equal(secondsOf(join(ofStage.out, 'f')), 1_600_000_000);
    const wrong = await build(['--build-arg', 'SOURCE_DATE_EPOCH=nothing', staged], { status: 1 });
    assert.match(wrong.stderr, /failed to solve: invalid SOURCE_DATE_EPOCH: nothing/);
    const busy = dockerfile('FROM scratch AS src\nCOPY f /\n');
    const { stderr } = await build(['--build-arg', 'SOURCE_DATE_EPOCH=src', busy], { status: 1 });
    assert.match(
      stderr,
      />>> FROM scratch AS src\n[^]*source-only requirements: unsupported COPY instruction/,
    );
  });

  buildx('what the policy of the client lets through, and makes something else of', async () => {
    await git.commit('judged', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    served.set('/judged', Buffer.from('one')).set('/other', Buffer.from('other'));
    const dockerfile = (text: string): string => context(`policy-${text.length}`, { Dockerfile: text });
    const images = dockerfile(
      'FROM judged AS a\nRUN echo a >/a\nFROM scratch\nCOPY --from=a /a /bin/none* /\n',
    );
    const adds = dockerfile(`FROM scratch\nADD ${filesUrl}/judged /f\n`);
    await engine.docker('tag', 'busybox', 'mirror.test/library/judged:latest');
    const judged = async (
      rules: readonly object[],
      ...args: string[]
    ): Promise<ExecResult & { out: string }> => {
      const path = join(directory, 'policy.json');
      writeFileSync(path, JSON.stringify({ version: 1, rules }));
      const env = { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: path };
      return build(args, { env, status: rules.some((rule) => 'fails' in rule) ? 1 : 0 });
    };
    const deny = (identifier: string) => ({ action: 'DENY', selector: { identifier }, fails: true });
    const convert = (identifier: string, updates: object, more = {}) => ({
      action: 'CONVERT',
      selector: { identifier },
      updates,
      ...more,
    });
    const local = `${filesUrl}/judged`;
    for (const [rule, place, message] of [
      [
        deny('docker-image://docker.io/*'),
        images,
        /Dockerfile:1\n.*\n.*>>> FROM judged AS a\n[^]*judged: failed to resolve source metadata for docker\.io\/library\/judged:latest: could not resolve image due to policy: source "docker-image:\/\/docker\.io\/library\/judged:latest" denied by policy/,
      ],
      [
        deny('http*'),
        adds,
        />>> ADD [^]*error evaluating the source policy: source "http:.*\/judged" denied/,
      ],
      [
        deny('local://dockerfile'),
        adds,
        /solve: error evaluating the source policy: source "local:\/\/dockerfile" denied/,
      ],
      [
        deny('git://*'),
        `${git.url}/judged.git`,
        /source "git:\/\/127\.0\.0\.1:\d+\/judged\.git" denied by policy/,
      ],
      [
        convert(local, { attrs: { 'http.checksum': `sha256:${'0'.repeat(64)}` } }, { fails: true }),
        adds,
        /0000/,
      ],
    ] as const)
      assert.match((await judged([rule], place)).stderr, message);
    const mirror = convert('docker-image://docker.io/*', { identifier: 'docker-image://mirror.test/${1}' });
    assert.equal(readFileSync(join((await judged([mirror], images)).out, 'a'), 'utf8'), 'a\n');
    const other = convert(local, { identifier: `${filesUrl}/other` });
    assert.equal(readFileSync(join((await judged([other], adds)).out, 'f'), 'utf8'), 'other');
    assert.equal(readFileSync(join((await build([adds])).out, 'f'), 'utf8'), 'one');
  });

  test('POST /build takes what `remote` names', async () => {
    await git.commit('classic', { Dockerfile: 'FROM busybox\nCOPY f /f\n', f: 'f' });
    served.set('/plain', Buffer.from('FROM busybox\nLABEL a=b\n'));
    for (const remote of [`${git.url}/classic.git`, `${filesUrl}/plain`]) {
      const answer = await engine.request('POST', `/build?remote=${encodeURIComponent(remote)}`);
      assert.match(answer.body, /Successfully built/, remote);
    }
    const wrong = await engine.request('POST', '/build?remote=nonsense');
    assert.match(wrong.body, /invalid remote build context: nonsense/);
  });

  test('ADD takes git repositories and files behind URLs', async () => {
    const commit = await git.commit('added', { 'd/f': 'added', g: 'g' });
    served.set('/added', Buffer.from('added'));
    const text = `FROM busybox
ADD ${git.url}/added.git#main:d /a/
ADD --keep-git-dir=true --checksum=${commit} --chown=5:6 ${git.url}/added.git /b
ADD --chmod=640 ${filesUrl}/added /c/
RUN cat /a/f && test -e /b/.git/HEAD && stat -c '%u:%g %a' /b/g /c/added
`;
    served.set('/adding', Buffer.from(text));
    const { body } = await engine.request(
      'POST',
      `/build?remote=${encodeURIComponent(`${filesUrl}/adding`)}`,
    );
    assert.match(body, /added/);
    assert.match(body, /5:6 644\\n0:0 640/);
    served.set('/adding', Buffer.from(text.replace(commit, '0'.repeat(40))));
    const wrong = await engine.request('POST', `/build?remote=${encodeURIComponent(`${filesUrl}/adding`)}`);
    assert.match(wrong.body, /expected checksum to match 0000/);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !isSo(); tries += 1) await sleep(100);
}
