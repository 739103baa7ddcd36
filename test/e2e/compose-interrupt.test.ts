import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../../src/lib/exec.ts';
import { TestProject } from './compose-project.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';
import { typeInto } from './terminal.ts';

describe('lade compose that is interrupted', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  test('one interrupt stops in order, two kill', async () => {
    const text = (grace: string): string =>
      `services: {web: {image: busybox, command: [sleep, "1000"], stop_grace_period: ${grace}, depends_on: [db]}, db: {image: busybox, command: [sh, -c, "echo up; exec sleep 1000"], stop_grace_period: 0s}}\n`;
    await using project = new TestProject(engine, 'signals', text('0s'));
    const run = async (signals: number) => {
      const child = start(launcher, ['compose', '-p', 'signals', 'up'], {
        env: engine.env,
        cwd: project.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      let sent = 0;
      const interrupt = (): void => {
        if (sent === 0 && /db-1 +\| up/.test(output)) sent = Number(child.kill('SIGINT'));
        else if (sent === 1 && signals > 1 && /web-1 {2}Stopping/.test(output))
          sent += Number(child.kill('SIGINT'));
      };
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (data: Buffer) => {
          output += data.toString();
          interrupt();
        });
      const [status] = (await once(child, 'close')) as [number];
      return { status, output };
    };
    const orderly = await run(1);
    assert.equal(orderly.status, 130);
    assert.match(
      orderly.output,
      /Gracefully Stopping[\s\S]*signals-web-1 {2}Stopped[\s\S]*signals-db-1 {2}Stopping/,
    );
    project.write(text('1h'));
    const killed = await run(2);
    assert.equal(killed.status, 130);
    assert.deepEqual(
      [...new Set(Object.values(await project.containers()).map(({ state }) => state))],
      ['exited'],
    );
  });

  test('any other command ends at once with 130, as its parent sees it', async () => {
    await using project = new TestProject(
      engine,
      'broken',
      `services:
  app: {image: busybox, command: sh -c 'trap "" TERM; echo up; while :; do sleep 1; done'}
  built: {build: {dockerfile_inline: "FROM busybox\\nRUN echo under way; sleep 1000"}, profiles: [more]}
`,
    );
    const interrupted = async (
      args: readonly string[],
      sign: string,
      signal: NodeJS.Signals = 'SIGINT',
    ): Promise<void> => {
      const child = start(launcher, ['compose', '-p', 'broken', ...args], {
        env: engine.env,
        cwd: project.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (data: Buffer) => {
          output += data.toString();
          if (output.includes(sign) && !child.killed) child.kill(signal);
        });
      assert.deepEqual(await once(child, 'close'), [130, null], `${args.join(' ')}: ${output}`);
      assert.match(output, /\n$/);
    };
    await project.ok('up', '-d');
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      await interrupted(['build', 'built'], ' under way\n', signal);
    await interrupted(['up', '-d', 'built'], ' under way\n');
    await interrupted(['run', '--build', 'built'], ' under way\n');
    await interrupted(['logs', '-f'], '| up');
    await interrupted(['events', '--since', '1h'], 'container start');
    await interrupted(['exec', 'app', 'sh', '-c', 'echo in; sleep 1000'], 'in\n');
    await interrupted(['stats', 'app'], 'app-1');
    await interrupted(['stop', '-t', '1000', 'app'], 'Stopping');
    for (let status = ''; !/^(Canceled\s+){4}/.test(status); await sleep(50))
      status = (await lade(engine, ['builder', 'ls', '-n', '4', '--format', '{{.Status}}'])).stdout;
  });

  test('on a terminal the cursor comes back, and the key of the menu is an end like others', async () => {
    await using project = new TestProject(
      engine,
      'typed',
      `services:
  app: {image: busybox, command: sh -c 'echo it is up; exec sleep 1000', init: true, stop_grace_period: 0s}
  built: {build: {dockerfile_inline: "FROM busybox\\nRUN echo under way; sleep 1000"}, profiles: [more]}
`,
    );
    const type = (sign: string, ...args: string[]) =>
      typeInto(
        [launcher, 'compose', '-p', 'typed', '-f', join(project.folder, 'compose.yaml'), ...args],
        [
          ['expect', sign],
          ['send', '\u0003'],
        ],
        engine.env,
      );
    const build = await type('# under way', 'build', 'built');
    assert.equal(build.status, 130);
    assert.equal(build.output.endsWith('\u001b[?25h'), true);
    const plain = await type('it is up', 'up', '--menu=false');
    assert.equal(plain.status, 130);
    const menu = await type('it is up', 'up');
    assert.equal(menu.status, 0);
    assert.match(menu.output, /Gracefully Stopping[\s\S]*app-1.* exited with code \d+/);
  });
});
