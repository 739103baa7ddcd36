import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestProject } from './compose-project.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

const sleeper = 'image: busybox, command: [sleep, "1000"], stop_grace_period: 0s';

describe('lade compose converges', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  test('to the scale that is asked for, by numbers that go on', async () => {
    await using project = new TestProject(
      engine,
      'scale',
      `services: {web: {${sleeper}, ports: ["18180-18189:80"]}}`,
    );
    await project.ok('up', '-d', '--scale', 'web=3');
    const three = await project.ids();
    assert.deepEqual(Object.keys(three), ['scale-web-1', 'scale-web-2', 'scale-web-3']);
    await project.ok('up', '-d', '--scale', 'web=1');
    assert.deepEqual(await project.ids(), { 'scale-web-1': three['scale-web-1'] });
    await project.ok('up', '-d', '--scale', 'web=2');
    assert.deepEqual(Object.keys(await project.ids()), ['scale-web-1', 'scale-web-2']);
    project.write(
      `services: {web: {${sleeper}, healthcheck: {test: "true"}}, job: {${sleeper}, depends_on: {web: {condition: service_healthy}}}}`,
    );
    await project.ok('up', '-d', '--scale', 'web=0'); // nothing to wait for
    assert.deepEqual(Object.keys(await project.ids()), ['scale-job-1']);
    const refused = await project.compose('up', '-d', '--scale', 'nothing=2');
    assert.deepEqual([refused.status, refused.stderr], [1, 'no such service: nothing: not found\n']);
  });

  test('what depends on a service with restart: true is restarted with it, nothing else', async () => {
    const text = (mode: string): string =>
      `services:\n  db: {${sleeper}, environment: {MODE: ${mode}}}\n  web: {${sleeper}, depends_on: {db: {condition: service_started, restart: true}}}\n  job: {${sleeper}, depends_on: [db]}\n`;
    await using project = new TestProject(engine, 'deps', text('a'));
    await project.ok('up', '-d');
    const first = await project.ids();
    project.write(text('b'));
    const { stderr } = await project.ok('up', '-d');
    const second = await project.ids();
    assert.notEqual(second['deps-db-1'], first['deps-db-1']);
    assert.equal(second['deps-web-1'], first['deps-web-1']);
    assert.match(
      stderr,
      /deps-web-1 {2}Stopped[\s\S]*deps-db-1 {2}Recreated[\s\S]*deps-db-1 {2}Started[\s\S]*deps-web-1 {2}Started/,
    );
    assert.doesNotMatch(stderr, /deps-job-1 {2}(Stopp|Start)/);

    await project.ok('up', '-d', '--force-recreate', 'web');
    const third = await project.ids();
    assert.equal(third['deps-db-1'], second['deps-db-1']);
    assert.notEqual(third['deps-web-1'], second['deps-web-1']);
    await project.ok('up', '-d', '--always-recreate-deps', 'web');
    assert.notEqual((await project.ids())['deps-db-1'], third['deps-db-1']);
    const restarted = await project.ok('restart', '-t', '0', 'db');
    assert.match(restarted.stderr, /deps-db-1 {2}Started[\s\S]*deps-web-1 {2}Started/);
    assert.doesNotMatch(restarted.stderr, /deps-job/);
  });

  test('who lives in the network of another container follows it', async () => {
    const text = (mode: string): string =>
      `services:\n  side: {${sleeper}, network_mode: "service:main", pid: "service:main", volumes_from: ["main:ro"]}\n  main: {${sleeper}, environment: {MODE: ${mode}}, volumes: ["/data"]}\n`;
    await using project = new TestProject(engine, 'joined', text('a'));
    await project.ok('up', '-d');
    project.write(text('b'));
    await project.ok('up', '-d');
    const again = await project.ids();
    const { body } = await engine.request('GET', `/containers/${again['joined-side-1']}/json`);
    assert.equal(
      (JSON.parse(body) as { HostConfig: { NetworkMode: string } }).HostConfig.NetworkMode,
      `container:${again['joined-main-1']}`,
    );
    await project.ok('up', '-d');
    assert.deepEqual(await project.ids(), again);
  });

  test('anonymous volumes are carried over, unless new ones are asked for', async () => {
    const text = (mode: string): string =>
      `services: {web: {${sleeper}, volumes: [/kept], environment: {MODE: ${mode}}}}`;
    await using project = new TestProject(engine, 'anon', text('a'));
    await project.ok('up', '-d');
    await project.ok('exec', '-T', 'web', 'sh', '-c', 'echo here > /kept/file');
    project.write(text('b'));
    await project.ok('up', '-d');
    const read = (): Promise<{ stdout: string }> => project.compose('exec', '-T', 'web', 'cat', '/kept/file');
    assert.equal((await read()).stdout, 'here\n');
    await project.ok('up', '-d', '-V');
    assert.equal((await read()).stdout, '');
  });

  test('a new image of the same name makes new containers', async () => {
    await using project = new TestProject(
      engine,
      'image',
      `services: {web: {build: ., command: [sleep, "1000"], stop_grace_period: 0s}}`,
    );
    project.write('FROM busybox\nRUN echo 1 > /version\n', 'Dockerfile');
    await project.ok('up', '-d', '--quiet-build');
    const first = await project.ids();
    project.write('FROM busybox\nRUN echo 2 > /version\n', 'Dockerfile');
    await project.ok('up', '-d');
    assert.deepEqual(await project.ids(), first);
    assert.equal((await project.ok('build', '-q')).stderr, '');
    await project.ok('up', '-d', '--no-recreate');
    assert.deepEqual(await project.ids(), first);
    await project.ok('up', '-d');
    assert.equal((await project.ok('exec', '-T', 'web', 'cat', '/version')).stdout, '2\n');
    await project.ok('down', '--rmi', 'local');
    assert.equal((await lade(engine, ['image', 'inspect', 'image-web'])).status, 1);
  });

  test('a network that changed is made anew, and its containers are in it again; what others use stays', async () => {
    const text = (options: string): string =>
      `services: {web: {${sleeper}, networks: [net]}, job: {${sleeper}}}\nnetworks: {net: {${options}}}\n`;
    await using project = new TestProject(engine, 'nets', text(''));
    await project.ok('up', '-d');
    const first = await project.ids();
    project.write(text('internal: true'));
    await project.ok('up', '-d');
    const second = await project.ids();
    assert.deepEqual(second, first);
    const { stdout } = await lade(engine, [
      'network',
      'inspect',
      '-f',
      '{{.Internal}} {{len .Containers}}',
      'nets_net',
    ]);
    assert.equal(stdout, 'true 1\n');
    await project.ok('down', 'job');
    assert.deepEqual(Object.keys(await project.ids()), ['nets-web-1']);
    assert.equal((await lade(engine, ['network', 'inspect', '-f', '{{.Name}}', 'nets_net'])).status, 0);
  });

  test('several at the same moment end alike, whoever was first', async () => {
    const text = (mode: string): string =>
      `services: {web: {${sleeper}, environment: {MODE: ${mode}}, scale: 3}, job: {${sleeper}, environment: {MODE: ${mode}}, depends_on: [web]}}`;
    await using project = new TestProject(engine, 'race', text('a'));
    for (const mode of ['a', 'b', 'c']) {
      project.write(text(mode));
      const all = await Promise.all([1, 2, 3].map(() => project.ok('up', '-d')));
      for (const { stderr } of all) assert.doesNotMatch(stderr, /Error/);
      const containers = await project.containers();
      assert.deepEqual(Object.keys(containers), ['race-job-1', 'race-web-1', 'race-web-2', 'race-web-3']);
      for (const { id, state } of Object.values(containers)) {
        assert.equal(state, 'running');
        const { body } = await engine.request('GET', `/containers/${id}/json`);
        assert.ok((JSON.parse(body) as { Config: { Env: string[] } }).Config.Env.includes(`MODE=${mode}`));
      }
    }
    // updates step by step, too
    const rolling = (mode: string): string =>
      `services: {web: {${sleeper}, environment: {MODE: ${mode}}, scale: 3, deploy: {update_config: {parallelism: 1, order: start-first}}}}`;
    project.write(rolling('d'));
    await Promise.all([1, 2].map(() => project.ok('up', '-d', '--remove-orphans')));
    project.write(rolling('e'));
    await Promise.all([1, 2].map(() => project.ok('up', '-d')));
    const updated = await project.containers();
    assert.deepEqual(
      Object.entries(updated).map(([name, { state }]) => [name, state]),
      [1, 2, 3].map((number) => [`race-web-${number}`, 'running']),
    );
    const settled = await project.ok('up', '-d');
    assert.doesNotMatch(settled.stderr, /Recreate|Creating/);
    project.write(`services: {other: {${sleeper}, container_name: race-web-1}}`);
    const { status, stderr } = await project.compose('up', '-d');
    assert.equal(status, 1);
    assert.match(
      stderr,
      / Container race-web-1 {2}Error response from daemon: Conflict\. The container name "\/race-web-1" is already in use by container/,
    );
  });

  test('down of a service takes the networks and volumes that it uses', async () => {
    await using project = new TestProject(
      engine,
      'part',
      `services: {web: {${sleeper}, networks: [net], volumes: ["data:/data"]}, job: {${sleeper}, volumes: ["jobs:/data"]}}
networks: {net: {}}
volumes: {data: {}, jobs: {}}
`,
    );
    await project.ok('up', '-d');
    await project.ok('rm', '-sf', 'web');
    const { stderr } = await project.ok('down', '-v', 'job');
    assert.deepEqual(
      new Set([...stderr.matchAll(/(?:Container|Network|Volume) (\S+) {2}Removed/g)].map(([, name]) => name)),
      new Set(['part-job-1', 'part_default', 'part_jobs']),
    );
  });

  test('a volume that changed is kept, unless the user agrees to lose it', async () => {
    const text = (label: string): string =>
      `services: {web: {${sleeper}, volumes: ["data:/data"]}}\nvolumes: {data: {labels: {v: ${label}}}}\n`;
    await using project = new TestProject(engine, 'vols', text('a'));
    await project.ok('up', '-d');
    await project.ok('exec', '-T', 'web', 'touch', '/data/file');
    project.write(text('b'));
    const { stdout } = await project.ok('up', '-d');
    assert.match(
      stdout,
      /Volume "vols_data" exists but doesn't match configuration in compose file\. Recreate \(data will be lost\)\?/,
    );
    await project.ok('exec', '-T', 'web', 'test', '-f', '/data/file');
    await project.ok('up', '-d', '-y');
    assert.equal((await project.compose('exec', '-T', 'web', 'test', '-f', '/data/file')).status, 1);
  });

  test('orphans are told, with what they may have been, and removed on demand', async () => {
    const service = (name: string): string =>
      `services: {${name}: {${sleeper}, volumes: ["data:/data"]}}\nvolumes: {data: {}}\n`;
    await using project = new TestProject(engine, 'orphans', service('app'));
    await project.ok('up', '-d');
    project.write(service('api'));
    const { stderr } = await project.ok('up', '-d');
    assert.match(stderr, /Found orphan containers \(\[orphans-app-1\]\) for this project/);
    assert.match(stderr, /service `api` looks like the former `app`: same image and volumes/);
    project.write('COMPOSE_REMOVE_ORPHANS=1\n', '.env');
    await project.ok('up', '-d');
    assert.deepEqual(Object.keys(await project.ids()), ['orphans-api-1']);
    project.write(`services: {one: {${sleeper}}, two: {${sleeper}}}`);
    project.write('', '.env');
    await project.ok('up', '-d');
    project.write(`services: {three: {${sleeper}}}`);
    assert.doesNotMatch((await project.ok('up', '-d')).stderr, /looks like/); // it may be either
  });

  test('variables, ports and names are asked for as the files say, each by those who use it', async () => {
    await using project = new TestProject(
      engine,
      'asked',
      `include: [{path: sub/compose.yaml, env_file: sub/own.env}]
services:
  web: {${sleeper}, environment: [PATH, NOTHING, GIVEN=1], expose: ["8000-8002", "53/udp"]}
  one: {${sleeper}, container_name: asked-same}
  other: {${sleeper}, container_name: asked-same}
  slow: {${sleeper}, healthcheck: {test: "true", start_interval: 1s}}
`,
    );
    mkdirSync(join(project.folder, 'sub'));
    project.write(
      `services: {in: {${sleeper}, secrets: [s]}}\nsecrets: {s: {environment: OWN}}\n`,
      'sub/compose.yaml',
    );
    project.write('OWN=of the included\n', 'sub/own.env');
    await project.ok('up', '-d', 'web', 'in', 'one');
    const { ExposedPorts, Env } = JSON.parse(
      (await engine.request('GET', '/containers/asked-web-1/json')).body,
    ).Config as { ExposedPorts: object; Env: string[] };
    assert.deepEqual(Object.keys(ExposedPorts).toSorted(), ['53/udp', '8000/tcp', '8001/tcp', '8002/tcp']);
    assert.deepEqual(
      Env.filter((variable) => !variable.startsWith('PATH=')),
      ['GIVEN=1', 'NOTHING'], // as with Docker: the program does not get it
    );
    assert.doesNotMatch((await project.ok('exec', '-T', 'web', 'env')).stdout, /NOTHING/);
    assert.equal((await project.ok('exec', '-T', 'in', 'cat', '/run/secrets/s')).stdout, 'of the included');
    const taken = await project.compose('up', '-d', 'one', 'other');
    assert.match(
      taken.stderr,
      /services\.other: container name "asked-same" is already in use by service one/,
    );
    const slow = await project.compose('up', '-d', 'slow');
    assert.match(slow.stderr, /healthcheck\.start_interval requires healthcheck\.start_period to be set/);
  });

  test('configs and secrets have the owner and mode that is asked for, wherever they come from', async () => {
    const text = (content: string): string => `
services:
  web:
    ${sleeper.replaceAll(', ', '\n    ').replace('[sleep\n    "1000"]', '[sleep, "1000"]')}
    configs: [{source: text, target: /etc/text, uid: "5", gid: "6", mode: 0440}, {source: plain, target: /etc/plain}]
    secrets: [{source: file, mode: 0400, uid: "7"}, env]
configs: {text: {content: "${content}"}, plain: {file: ./file}}
secrets: {file: {file: ./file}, env: {environment: PATH}}
`;
    await using project = new TestProject(engine, 'files', text('one'));
    project.write('from a file\n', 'file');
    await project.ok('up', '-d');
    const show = async (): Promise<string> =>
      (
        await project.ok(
          'exec',
          '-T',
          'web',
          'sh',
          '-c',
          'stat -c "%u %g %a" /etc/text /run/secrets/file /run/secrets/env; cat /etc/text /etc/plain /run/secrets/file; cat /run/secrets/env',
        )
      ).stdout;
    assert.equal(
      await show(),
      `5 6 440\n7 0 400\n0 0 444\nonefrom a file\nfrom a file\n${process.env['PATH']}`,
    );
    const first = await project.ids();
    await project.ok('up', '-d');
    assert.deepEqual(await project.ids(), first);
    project.write(text('two'));
    await project.ok('up', '-d');
    assert.match(await show(), /twofrom a file/);
    project.write('services: {web: {image: busybox, secrets: [s]}}\nsecrets: {s: {external: true}}\n');
    const refused = await project.compose('up', '-d');
    assert.match(refused.stderr, /compose\.yaml:2:\d+: unsupported external secret s/);
  });

  test('--dry-run tells what would be done, and does nothing', async () => {
    await using project = new TestProject(engine, 'dry', `services: {web: {${sleeper}}}`);
    project.write(
      'services: {web: {image: nowhere, pull_policy: build, build: {dockerfile_inline: FROM busybox}}}',
      'built.yaml',
    );
    const built = await project.ok('-f', 'built.yaml', '--dry-run', 'up', '-d', '--build');
    assert.match(built.stderr, /DRY-RUN MODE -  Image nowhere {2}Built[\s\S]*Container dry-web-1 {2}Started/);
    assert.equal((await engine.request('GET', '/images/nowhere/json')).status, 404);
    const { stderr } = await project.ok('--dry-run', 'up', '-d');
    assert.match(
      stderr,
      /DRY-RUN MODE -  Network dry_default {2}Created[\s\S]*DRY-RUN MODE -  Container dry-web-1 {2}Started/,
    );
    assert.deepEqual(await project.ids(), {});
    engine.env['COMPOSE_STATUS_STDOUT'] = '1';
    const told = await project.ok('up', '-d').finally(() => delete engine.env['COMPOSE_STATUS_STDOUT']);
    assert.match(told.stdout, /Container dry-web-1 {2}Started/);
    assert.equal(told.stderr, '');
    const before = await project.containers();
    for (const line of [
      'up -d --force-recreate',
      'create --force-recreate',
      'scale web=3',
      'build',
      'push',
      'stop',
      'kill',
      'restart',
      'pause',
      'start',
      'run --rm -d web touch /x',
      'cp compose.yaml web:/x',
      'commit web dry:x',
      'export -o x.tar web',
      'down -v --rmi all',
    ])
      await project.ok('--dry-run', ...line.split(' '));
    assert.equal((await project.ok('--dry-run', 'rm', '-fs')).stdout, 'Going to remove dry-web-1\n');
    for (const verb of ['run', 'exec'])
      assert.equal(
        (await project.compose('--dry-run', verb, '-T', 'web', 'touch', '/x')).stderr,
        `interactive ${verb} is not supported in dry-run mode\n`,
      );
    assert.deepEqual(await project.containers(), before);
    assert.equal((await project.compose('exec', '-T', 'web', 'test', '-e', '/x')).status, 1);
    assert.equal((await lade(engine, ['images', '-q', 'dry'])).stdout, '');
    assert.equal(existsSync(join(project.folder, 'x.tar')), false);
  });

  test('a provider takes the place of containers, and gives variables to those that depend on it', async () => {
    const text = `services:
  db: {provider: {type: sample, options: {size: big, other: x}}}
  web: {${sleeper}, depends_on: [db]}
`;
    await using project = new TestProject(engine, 'provided', text);
    const program = join(project.folder, 'cli-plugins/docker-sample');
    const answer = (type: string, message: string): string => `echo '${JSON.stringify({ type, message })}'`;
    const write = (url: string): void => {
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(
        program,
        `#!/bin/sh
case "$2" in
metadata) echo '{"description": "sample", "up": {"parameters": [{"name": "size"}]}}' ;;
*) echo "$*" >> ${project.folder}/calls; ${answer('info', 'at work')}; ${answer('setenv', `URL=${url}`)} ;;
esac
`,
      );
      chmodSync(program, 0o755);
    };
    engine.env['DOCKER_CONFIG'] = project.folder;
    try {
      write('one');
      const { stderr } = await project.ok('up', '-d');
      assert.match(stderr, /Service db {2}at work[\s\S]*Service db {2}Created/);
      const show = async (): Promise<string> =>
        (await project.ok('exec', '-T', 'web', 'sh', '-c', 'echo $DB_URL')).stdout;
      assert.equal(await show(), 'one\n');
      const first = await project.ids();
      await project.ok('up', '-d');
      assert.deepEqual(await project.ids(), first);
      write('two');
      await project.ok('up', '-d');
      assert.equal(await show(), 'two\n');
      await project.ok('down');
      assert.deepEqual(readFileSync(join(project.folder, 'calls'), 'utf8').split('\n').slice(0, -1), [
        ...Array(3).fill('compose --project-name=provided up --size=big db'),
        'compose --project-name=provided down db',
      ]);
    } finally {
      delete engine.env['DOCKER_CONFIG'];
    }
    project.write('services: {db: {provider: {type: nobody}}}');
    assert.match(
      (await project.compose('up', '-d')).stderr,
      /compose\.yaml:1:\d+: no program provides "nobody"/,
    );
  });

  test('projects are found by their name where there are no files, or none that can be read', async () => {
    await using project = new TestProject(
      engine,
      'named',
      `services: {a: {${sleeper}}, b: {${sleeper}, depends_on: [a]}}`,
    );
    await project.ok('up', '-d');
    const away = (...args: string[]) => lade(engine, ['compose', '-p', 'named', ...args], { cwd: '/' });
    assert.equal((await away('stop', '-t', '0')).status, 0);
    assert.deepEqual(
      [...new Set(Object.values(await project.containers()).map(({ state }) => state))],
      ['exited'],
    );
    assert.match((await away('start')).stderr, /named-a-1 {2}Started[\s\S]*named-b-1 {2}Started/);
    assert.match((await away('kill')).stderr, /Killed/);
    assert.equal((await away('rm', '-f', 'b')).status, 0);
    assert.deepEqual(Object.keys(await project.ids()), ['named-a-1']);
    project.write('services: {a: {imag: b}}'); // a file that is there by chance
    assert.equal((await project.compose('down')).status, 0);
    assert.deepEqual(await project.ids(), {});
  });
});
