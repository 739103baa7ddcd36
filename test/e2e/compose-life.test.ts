import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestProject } from './compose-project.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const sleeper = 'image: busybox, command: [sleep, "1000"], stop_grace_period: 0s';
const shell = (script: string): string =>
  `image: busybox, command: [sh, -c, ${JSON.stringify(script.replaceAll('$', '$$$$'))}], stop_grace_period: 0s`;

describe('lade compose leads services through their lives', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  test('a service is ready when it listens; one that ran once, when it ended well', async () => {
    await using project = new TestProject(
      engine,
      'ready',
      `services:
  server: {${shell('nc -l -p 81 -s 127.0.0.1 & sleep 0.5; exec httpd -f -p 8080')}, expose: ["8080"]}
  client: {${shell('wget -qO- http://server:8080/none 2>&1; sleep 1000')}, depends_on: {server: {condition: service_listening}}}
  once: {image: busybox, command: "true"}
`,
    );
    const { stderr } = await project.ok('up', '--wait');
    assert.match(stderr, /ready-server-1 {2}Listening[\s\S]*ready-client-1 {2}Started/);
    assert.match(stderr, /ready-once-1 {2}Exited/);
    const { stdout } = await project.ok('logs', '--no-log-prefix', 'client');
    assert.match(stdout, /404 Not Found/); // connected at once
  });

  test('what never becomes ready is told with its last output, and stops only what depends on it', async () => {
    await using project = new TestProject(
      engine,
      'failing',
      `services:
  bad: {${shell('echo cannot read settings; exit 3')}}
  needs: {${sleeper}, depends_on: {bad: {condition: service_completed_successfully}}}
  maybe: {${sleeper}, depends_on: {bad: {condition: service_completed_successfully, required: false}}}
  other: {${sleeper}}
`,
    );
    const { status, stderr } = await project.compose('up', '-d');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /service "bad" didn't complete successfully: exit 3\n {2}\| cannot read settings\n$/,
    );
    const {
      'failing-needs-1': needing,
      'failing-maybe-1': optional,
      'failing-other-1': other,
    } = await project.containers();
    assert.deepEqual([needing?.state, optional?.state, other?.state], ['created', 'running', 'running']);
    project.write(`services: {slow: {${sleeper}, healthcheck: {test: "exit 1", interval: 100s}}}`);
    const late = await project.compose('up', '-d', '--remove-orphans', '--wait', '--wait-timeout', '1');
    assert.equal(late.status, 1);
    assert.match(late.stderr, /application not healthy after 1s\n$/);
    project.write(`services: {soon: {${shell('sleep 0.1; echo no settings; exit 3')}}}`);
    const ended = await project.compose('up', '-d', '--remove-orphans', '--wait');
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /container failing-soon-1 exited \(3\)\n {2}\| no settings\n$/);
  });

  test('what fails is told with what helps', async () => {
    const db = shell('sleep 1000 & while [ ! -e /open ]; do sleep 0.1; done; exec httpd -f -p 81');
    const refused = 'echo connecting to db:81: connection refused';
    await using project = new TestProject(
      engine,
      'hasty',
      `services:
  db: {${db}}
  web: {${shell(`${refused}; exit 4`)}, depends_on: [db], expose: ["99"]}
`,
    );
    const advice = /it was refused at port 81 of hasty-db-1, .*; hasty-db-1 does not listen at all yet: /;
    const { status, stderr } = await project.compose('up', '-d', '--wait', 'web');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /container hasty-web-1 exited \(4\)\n(?: {2}\| .*\n)+ {2}it was refused at port 81 of hasty-db-1, /,
    );
    assert.match(stderr, advice);
    await project.ok('exec', '-T', 'db', 'touch', '/open');
    const late = `${refused}; until wget -qO- http://db:81/none 2>&1 | grep 404; do sleep 0.1; done; exit 4`;
    project.write(`services: {db: {${db}}, web: {${shell(late)}}}`);
    const { stdout } = await project.compose('up', '--no-deps', 'web');
    assert.match(
      stdout,
      /web-1 exited with code 4\nweb-1 it was refused at port 81 of hasty-db-1, which listens there by now: it came too early; depends_on: \{db: /,
    );
  });

  test('hooks run before the start, after it, and before the stop', async () => {
    await using project = new TestProject(
      engine,
      'hooks',
      `services:
  web:
    ${sleeper.replace(', command', '\n    command').replace(', stop', '\n    stop')}
    volumes: ["data:/data"]
    pre_start: [{command: [sh, -c, "echo pre >> /data/log"]}]
    post_start: [{command: [sh, -c, "echo post $$WORD >> /data/log"], environment: {WORD: x}, user: root}]
    pre_stop: [{command: [sh, -c, "echo stopping >> /data/log"]}]
volumes: {data: {}}
`,
    );
    await project.ok('up', '-d');
    await project.ok('restart', '-t', '0');
    await project.ok('stop');
    const read = await project.ok('run', '--rm', '-T', '--no-deps', 'web', 'cat', '/data/log');
    assert.equal(read.stdout, 'pre\npost x\nstopping\npost x\nstopping\n');
    project.write(
      `services: {web: {${sleeper}, pre_start: [{command: [sh, -c, "echo no such table; exit 4"]}]}}`,
    );
    const { status, stderr } = await project.compose('up', '-d');
    assert.equal(status, 1);
    assert.match(stderr, /service "web" pre_start\[0\] exited with code 4[^\n]*\n {2}\| no such table/);
    assert.equal((await project.containers())['hooks-web-1']?.state, 'created');
    project.write(`services: {web: {${sleeper}, post_start: [{command: ["false"]}]}}`);
    assert.match((await project.compose('up', '-d')).stderr, /web hook exited with status 1/);
  });

  test('an update goes step by step, the new container first, and back when it fails', async () => {
    const text = (script: string, config: string): string =>
      `services: {web: {${shell(script)}, deploy: {replicas: 2, update_config: {${config}}}}}\n`;
    await using project = new TestProject(engine, 'rolling', text('sleep 1000', ''));
    await project.ok('up', '-d');
    const first = await project.ids();
    project.write(text('sleep 2000', 'order: start-first, parallelism: 1'));
    const { stderr } = await project.ok('up', '-d');
    const second = await project.ids();
    assert.deepEqual(Object.keys(second), ['rolling-web-1', 'rolling-web-2']);
    assert.notEqual(second['rolling-web-1'], first['rolling-web-1']);
    const firsts = stderr.split('\n').map((line) => line.trim());
    assert.ok(
      firsts.findIndex((line) => /_rolling-web-1 {2}Started/.test(line)) <
        firsts.indexOf('Container rolling-web-1  Stopping'),
      stderr,
    );
    assert.ok(
      firsts.indexOf('Container rolling-web-1  Recreated') <
        firsts.indexOf('Container rolling-web-2  Recreate'),
      stderr,
    );
    const published = (command: string): string =>
      `services: {web: {${shell(command)}, ports: ["127.0.0.1:18391:80"], deploy: {update_config: {order: start-first}}}}\n`;
    const fixed = new TestProject(engine, 'fixed', published('sleep 1000'));
    try {
      await fixed.ok('up', '-d');
      fixed.write(published('sleep 2000'));
      assert.match(
        (await fixed.ok('up', '-d')).stderr,
        /WARN Service web: order: start-first needs [^\n]* both want port 18391: the old ones stop first\n/,
      );
    } finally {
      await fixed[Symbol.asyncDispose]();
    }
    // of two, one may fail: the first that comes
    project.write(
      `services: {web: {${shell('mkdir /data/seen && exit 7; exec sleep 2000')}, volumes: ["data:/data"], deploy: {replicas: 2, update_config: {monitor: 3s, max_failure_ratio: 0.5}}}}
volumes: {data: {}}
`,
    );
    await project.ok('up', '-d');
    const third = await project.ids();
    assert.deepEqual(
      [
        third['rolling-web-1'] === second['rolling-web-1'],
        third['rolling-web-2'] === second['rolling-web-2'],
      ],
      [true, false],
    );
    project.write(text('[ $HOSTNAME ] && exit 7', 'failure_action: rollback, monitor: 5s'));
    const failed = await project.compose('up', '-d');
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /update of service "web" failed, and was rolled back: .*exited \(7\)/);
    assert.deepEqual(await project.ids(), third);
    assert.deepEqual(
      Object.values(await project.containers()).map(({ state }) => state),
      ['running', 'running'],
    );
  });

  test('run has a container of its own, as its flags say', async () => {
    await using project = new TestProject(
      engine,
      'runs',
      `services:
  web: {${sleeper}, environment: {A: file}, ports: ["18380:80"], depends_on: {db: {condition: service_healthy}}, networks: {default: {aliases: [www]}}}
  db: {${sleeper}, healthcheck: {test: "true", interval: 100ms}}
`,
    );
    project.write('FROM_FILE=yes\nA=env-file\n', 'more.env');
    const { stdout } = await project.ok(
      'run',
      '--rm',
      '-T',
      '-e',
      'A=flag',
      '--env-from-file',
      'more.env',
      '-u',
      '33',
      '-w',
      '/tmp',
      '-l',
      'k=v',
      '--name',
      'mine',
      '-v',
      './more.env:/here/more.env',
      '--volumes',
      './more.env:/here/too',
      '--labels',
      'l=w',
      '--cap-drop',
      'CHOWN',
      '--entrypoint',
      'sh -c',
      'web',
      'echo $A $FROM_FILE $(id -u) $(pwd) $(ls /here)',
    );
    assert.equal(stdout, 'flag yes 33 /tmp more.env too\n');
    assert.deepEqual(Object.keys(await project.ids()), ['runs-db-1']);
    const id = (await project.ok('run', '-d', '-P', '--use-aliases', 'web')).stdout.trim();
    const [name = ''] = Object.entries(await project.ids()).find(([, found]) => found === id) ?? [];
    assert.match(name, /^runs-web-run-[0-9a-f]{12}$/);
    const { Config, HostConfig, NetworkSettings } = JSON.parse(
      (await engine.request('GET', `/containers/${id}/json`)).body,
    ) as {
      Config: { Labels: Record<string, string>; OpenStdin: boolean };
      HostConfig: { PortBindings: Record<string, unknown> };
      NetworkSettings: { Networks: Record<string, { Aliases: string[] }> };
    };
    assert.equal(Config.OpenStdin, true); // a program that reads waits
    assert.equal(Config.Labels['com.docker.compose.oneoff'], 'True');
    assert.equal(Config.Labels['com.docker.compose.slug']?.slice(0, 12), name.slice('runs-web-run-'.length));
    assert.ok(HostConfig.PortBindings['80/tcp']);
    assert.ok(NetworkSettings.Networks['runs_default']?.Aliases.includes('www'));
    const refused = await project.compose('run', '-P', '-p', '1:1', 'web');
    assert.deepEqual(
      [refused.status, refused.stderr],
      [1, '--service-ports and --publish are incompatible\n'],
    );
    await project.ok('kill');
    await project.ok('down', '--remove-orphans');
    assert.deepEqual(await project.ids(), {});
  });

  test('up in the foreground ends with the status that is asked for', async () => {
    await using project = new TestProject(
      engine,
      'front',
      `services:
  one: {${shell('echo from one; sleep 0.2; exit 5')}}
  two: {${shell('echo from two; sleep 1000')}}
  quiet: {${shell('echo never shown; sleep 1000')}, attach: false}
`,
    );
    const up = await project.compose('up', '--abort-on-container-failure', '--timestamps');
    assert.equal(up.status, 5);
    assert.match(up.stdout, /one-1 +\| \d{4}-\d\d-\d\dT\S+ from one/);
    assert.match(up.stdout, /one-1 +exited with code 5/);
    assert.doesNotMatch(up.stdout, /never shown/);
    assert.deepEqual(
      [...new Set(Object.values(await project.containers()).map(({ state }) => state))],
      ['exited'],
    );
    const from = await project.compose(
      'up',
      '--exit-code-from',
      'one',
      '--no-log-prefix',
      '--no-attach',
      'two',
    );
    assert.equal(from.status, 5);
    assert.match(from.stdout, /^from one$/m);
    assert.doesNotMatch(from.stdout, /from two/);
    const wrong = await project.compose('up', '--attach', 'nobody');
    assert.deepEqual(
      [wrong.status, wrong.stderr],
      [1, 'cannot attach to services not included in up: nobody\n'],
    );
  });
});
