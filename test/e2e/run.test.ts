import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { typeInto } from './terminal.ts';

describe('containers through the docker CLI', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const docker = (...args: readonly string[]) => engine.docker(...args);
  const output = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await docker(...args);
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };

  test('version and info tell of this engine', async () => {
    assert.match(
      await output('version', '--format', '{{.Server.APIVersion}} {{.Server.MinAPIVersion}}'),
      /^1\.51 1\.24$/,
    );
    assert.match(
      await output('info', '--format', '{{.Driver}} {{.DockerRootDir}}'),
      new RegExp(`^overlay2 ${engine.dataRoot}$`),
    );
  });

  test('run passes on output and exit status', async () => {
    const ran = await docker('run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [3, 'out\n', 'err\n']);
  });

  test('run tells 127, 126 and 125 apart, and leaves nothing', async () => {
    const missing = await docker('run', '--rm', 'busybox', 'nosuch');
    assert.equal(missing.status, 127);
    assert.match(
      missing.stderr,
      /^docker: Error response from daemon: .*exec: "nosuch": executable file not found in \$PATH/,
    );
    assert.equal((await docker('run', '--rm', 'busybox', '/etc')).status, 126);
    assert.equal((await docker('run', '--rm', '-v', 'a/b:/x', 'busybox', 'true')).status, 125);
    assert.equal((await docker('run', '--rm', 'localhost:1/nosuch')).status, 125);
    assert.equal(await output('ps', '-aq'), '');
  });

  test('input that is piped in reaches the program, and its end', async () => {
    const answer = await typeInto(
      ['sh', '-c', 'printf "b\\na\\n" | docker run -i --rm busybox sort'],
      [],
      engine.env,
    );
    assert.equal(answer.status, 0);
    assert.equal(answer.output, 'a\r\nb\r\n');
  });

  test('a terminal has its size, follows a resize, and Ctrl-C reaches the program', async () => {
    const { output: seen, status, missing } = await typeInto(
      ['docker', 'run', '-it', '--rm', 'busybox', 'sh', '-c', 'stty size; trap "stty size; exit 7" INT; while :; do sleep 0.1; done'],
      [['expect', '33 101'], ['resize', 40, 120], ['send', '\u0003'], ['expect', '40 120']],
      engine.env,
      { rows: 33, columns: 101 },
    ); // prettier-ignore
    assert.equal(missing, null, seen);
    assert.equal(status, 7);
  });

  test('detach keys leave the program alone, and attach comes back to it', async () => {
    const steps = [
      ['send', 'one\r'],
      ['expect', 'one\r\none'],
      ['send', '\u0010\u0011'],
    ] as const;
    const left = await typeInto(
      ['docker', 'run', '-it', '--name', 'detach', 'busybox', 'cat'],
      steps,
      engine.env,
    );
    assert.deepEqual([left.missing, left.status], [null, 0], left.output);
    assert.equal(await output('inspect', '-f', '{{.State.Running}}', 'detach'), 'true');
    const back = await typeInto(
      ['docker', 'attach', '--detach-keys', 'ctrl-a,x', 'detach'],
      [
        ['send', 'two\r'],
        ['expect', 'two\r\ntwo'],
        ['send', '\u0001x'],
        ['expect', 'read escape sequence'],
      ],
      engine.env,
    );
    assert.equal(back.missing, null, back.output);
    await output('rm', '-f', 'detach');
  });

  test('exec runs beside the program, in its directory, as its user, in a terminal', async () => {
    await output('run', '-d', '--name', 'execs', 'busybox', 'sleep', '1000');
    assert.equal(
      await output(
        'exec',
        '-e',
        'A=b',
        '-w',
        '/tmp',
        '-u',
        '1:2',
        'execs',
        'sh',
        '-c',
        'echo $A $PWD $(id -u):$(id -g)',
      ),
      'b /tmp 1:2',
    );
    assert.equal((await docker('exec', 'execs', 'sh', '-c', 'exit 9')).status, 9);
    assert.equal((await docker('exec', 'execs', 'nosuch')).status, 127);
    assert.equal((await docker('exec', 'execs', '/etc')).status, 126);
    const { output: seen, status } = await typeInto(
      ['docker', 'exec', '-it', 'execs', 'sh', '-c', 'stty size; read line; echo got $line; exit 4'],
      [
        ['expect', '20 70'],
        ['send', 'x\r'],
        ['expect', 'got x'],
      ],
      engine.env,
      { rows: 20, columns: 70 },
    );
    assert.equal(status, 4, seen);
    await output('rm', '-f', 'execs');
    const gone = await docker('exec', 'execs', 'true');
    assert.deepEqual(
      [gone.status, gone.stderr.trim()],
      [1, 'Error response from daemon: No such container: execs'],
    );
  });

  test('a published port answers, is told, and is free again', async () => {
    await output(
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      '127.0.0.1::80',
      'busybox',
      'sh',
      '-c',
      'echo hello >/index.html; exec httpd -f -h /',
    );
    const port = /127\.0\.0\.1:(\d+)$/.exec(await output('port', 'web', '80'))?.[1];
    assert.equal(await fetchText(`http://127.0.0.1:${port}/`), 'hello\n');
    assert.match(
      await output('ps', '--format', '{{.Ports}} {{.Status}}', '--filter', 'name=web'),
      /^127\.0\.0\.1:\d+->80\/tcp Up /,
    );
    const taken = await docker('run', '--rm', '-p', `127.0.0.1:${port}:80`, 'busybox', 'true');
    assert.equal(taken.status, 125);
    assert.match(taken.stderr, /port is already allocated/);
    await output('rm', '-f', 'web');
    await output('run', '--rm', '-p', `127.0.0.1:${port}:80`, 'busybox', 'true');
  });

  test('logs are kept, followed, cut and dated', async () => {
    await output(
      'run',
      '-d',
      '--name',
      'talk',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 0.1; done',
    );
    const followed = await docker('logs', '-f', 'talk');
    assert.equal(followed.stdout, 'out 1\nout 2\nout 3\n');
    assert.equal(followed.stderr, 'err 1\nerr 2\nerr 3\n');
    assert.equal((await docker('logs', '--tail', '1', 'talk')).stderr, 'err 3\n');
    assert.match((await docker('logs', '-t', 'talk')).stdout, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z out 1\n/);
    assert.equal((await docker('logs', '--since', '2100-01-01', 'talk')).stdout, '');
    assert.equal(await output('wait', 'talk'), '0');
    await output('rm', 'talk');
  });

  test('cp copies both ways, and says what is not there', async () => {
    await output('create', '--name', 'copies', 'busybox');
    const archive = await typeInto(['sh', '-c', 'docker cp copies:/etc/passwd - | tar tf -'], [], engine.env);
    assert.equal(archive.output, 'passwd\r\n');
    await output('cp', import.meta.filename, 'copies:/root/');
    const back = await typeInto(
      [
        'sh',
        '-c',
        `docker cp copies:/root/run.test.ts - | tar xOf - | cmp - ${import.meta.filename} && echo same`,
      ],
      [],
      engine.env,
    );
    assert.equal(back.output, 'same\r\n');
    const missing = await docker('cp', 'copies:/nosuch', '/tmp/');
    assert.match(missing.stderr, /Could not find the file \/nosuch in container copies\n$/);
    assert.match(await output('diff', 'copies'), /A \/root\/run\.test\.ts/);
    await output('rm', 'copies');
  });

  test('stats, top, pause, rename, update, kill and restart', async () => {
    await output('run', '-d', '--name', 'life', '-m', '64m', 'busybox', 'sleep', '1000');
    assert.match(
      await output('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}} {{.PIDs}}'),
      /^life .*iB \/ 64MiB 1$/,
    );
    assert.match(await output('top', 'life', '-o', 'pid,cmd'), /PID\s+CMD\n\d+\s+sleep 1000/);
    await output('pause', 'life');
    assert.match(await output('ps', '--format', '{{.Status}}'), /^Up .* \(Paused\)$/);
    await output('unpause', 'life');
    await output('rename', 'life', 'lived');
    await output('update', '-m', '80m', '--memory-swap', '160m', 'lived');
    assert.equal(await output('inspect', '-f', '{{.HostConfig.Memory}}', 'lived'), String(80 << 20));
    await output('restart', '-t', '0', 'lived');
    await output('kill', 'lived');
    assert.match(
      (await docker('kill', 'lived')).stderr,
      /cannot kill container: lived: container \w+ is not running/,
    );
    await output('wait', 'lived');
    assert.match(await output('ps', '-a', '--format', '{{.Status}}'), /^Exited \(137\) /);
    await output('rm', 'lived');
  });

  test('events tell a life in order, with the filter that was asked for', async () => {
    await output('run', '--rm', '--name', 'told', '--label', 'mark=1', 'busybox', 'true');
    const until = new Date(Date.now() + 200).toISOString();
    const range = ['--since', '1m', '--until', until, '--filter', 'label=mark=1'];
    const actions = await output('events', ...range, '--format', '{{.Action}}');
    assert.deepEqual(actions.split('\n'), ['create', 'attach', 'start', 'die', 'destroy']);
  });

  test('volumes keep what was written, take the content of the image, and hold against removal', async () => {
    await output('run', '--rm', '-v', 'kept:/etc', 'busybox', 'sh', '-c', 'echo mine >/etc/mine');
    assert.equal(
      await output(
        'run',
        '--rm',
        '-v',
        'kept:/x:ro',
        'busybox',
        'sh',
        '-c',
        'cat /x/mine; test -e /x/passwd; touch /x/y 2>/dev/null || echo read-only',
      ),
      'mine\nread-only',
    );
    await output('create', '--name', 'holder', '-v', 'kept:/x', 'busybox');
    assert.match((await docker('volume', 'rm', 'kept')).stderr, /remove kept: volume is in use - \[\w+\]/);
    await output('rm', 'holder');
    await output('volume', 'rm', 'kept');
    const missing = await docker(
      'run',
      '--rm',
      '--mount',
      'type=bind,src=/nosuch/x,dst=/x',
      'busybox',
      'true',
    );
    assert.equal(missing.status, 125);
    assert.match(missing.stderr, /bind source path does not exist: \/nosuch\/x/);
  });

  test('containers of a network find each other by name', async () => {
    await output('network', 'create', 'net');
    await output(
      'run',
      '-d',
      '--name',
      'server',
      '--network',
      'net',
      '--network-alias',
      'alias',
      'busybox',
      'sh',
      '-c',
      'echo found >/index.html; exec httpd -f -h /',
    );
    for (const name of ['server', 'alias'])
      assert.equal(
        await output('run', '--rm', '--network', 'net', 'busybox', 'wget', '-qO-', `http://${name}/`),
        'found',
      );
    assert.match((await docker('network', 'rm', 'net')).stderr, /has active endpoints/);
    assert.match(
      await output(
        'network',
        'inspect',
        'net',
        '-f',
        '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}',
      ),
      /^server [\d.]+\/(16|20)$/,
    );
    await output('rm', '-f', 'server');
    await output('network', 'rm', 'net');
  });
});

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => void text(response).then(resolve, reject)).once('error', reject);
  });
}
