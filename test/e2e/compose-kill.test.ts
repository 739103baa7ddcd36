import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { start } from '../../src/lib/exec.ts';
import { TestProject } from './compose-project.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';

const text = (mode: string): string => `
services:
  web: {image: busybox, command: [sleep, "1000"], stop_grace_period: 0s, environment: {MODE: ${mode}}, depends_on: [db], volumes: ["data:/data", /anon], scale: 2}
  db: {image: busybox, command: [sleep, "1000"], stop_grace_period: 0s, environment: {MODE: ${mode}}}
volumes: {data: {}}
`;
const all = ['killed-db-1', 'killed-web-1', 'killed-web-2'];

describe('what broke off is completed', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let project: TestProject;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    project = new TestProject(engine, 'killed', text('a'));
  });
  after(async () => {
    await project?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  /** Runs a command until it has told so many steps; then something happens. Resolves when it has ended. */
  const upTo = async (
    steps: number,
    args: readonly string[],
    happens: (pid: number) => void,
  ): Promise<void> => {
    const child = start(launcher, ['compose', '-p', 'killed', ...args], {
      env: engine.env,
      cwd: project.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    let hasHappened = false;
    child.stderr?.on('data', (data: Buffer) => {
      told += data.toString();
      if (hasHappened || told.split('\n').length <= steps) return;
      hasHappened = true;
      happens(child.pid ?? 0);
    });
    await once(child, 'close');
  };
  const kill = (pid: number): void => void process.kill(pid, 'SIGKILL');

  const checkUp = async (mode: string): Promise<void> => {
    await project.ok('up', '-d');
    const containers = await project.containers();
    assert.deepEqual(Object.keys(containers), all);
    for (const { id, state } of Object.values(containers)) {
      assert.equal(state, 'running');
      const { body } = await engine.request('GET', `/containers/${id}/json`);
      assert.ok((JSON.parse(body) as { Config: { Env: string[] } }).Config.Env.includes(`MODE=${mode}`));
    }
    const { body } = await engine.request('GET', '/networks');
    const networks = (JSON.parse(body) as { Name: string }[]).filter(({ Name }) => Name.startsWith('killed'));
    assert.equal(networks.length, 1);
  };
  const checkDown = async (): Promise<void> => {
    await project.ok('down', '-v');
    assert.deepEqual(await project.ids(), {});
    for (const kind of ['network', 'volume']) {
      const { body } = await engine.request('GET', `/${kind}s`);
      assert.doesNotMatch(body, /killed_/);
    }
  };

  test('of up, when lade is killed', async () => {
    for (const steps of [2, 6, 9]) {
      await upTo(steps, ['up', '-d'], kill);
      await checkUp('a');
      await project.ok('down', '-v');
    }
  });

  test('of up that recreates, when lade is killed', async () => {
    await project.ok('up', '-d');
    for (const [round, steps] of [1, 3, 4, 6].entries()) {
      project.write(text(`r${round}`));
      await upTo(steps, ['up', '-d'], kill);
      await checkUp(`r${round}`);
    }
  });

  test('of down, when lade is killed', async () => {
    for (const steps of [2, 7]) {
      await project.ok('up', '-d');
      await upTo(steps, ['down', '-v'], kill);
      await checkDown();
    }
  });

  test('of up and down, when the engine is killed', async () => {
    const end = (): void => void process.kill(engine.pid, 'SIGKILL');
    const again = async (): Promise<void> => {
      await engine.stop('SIGKILL');
      await engine.start();
    };
    project.write(text('a'));
    await upTo(6, ['up', '-d'], end);
    await again();
    await checkUp('a');
    project.write(text('b'));
    await upTo(3, ['up', '-d'], end);
    await again();
    await checkUp('b');
    await upTo(3, ['down', '-v'], end);
    await again();
    await checkDown();
  });
});
