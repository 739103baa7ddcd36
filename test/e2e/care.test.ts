import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

interface State {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly StartedAt: string;
  readonly Health?: {
    readonly Status: string;
    readonly FailingStreak: number;
    readonly Log: readonly { readonly ExitCode: number; readonly Output: string }[];
  };
}

describe('what the engine does by itself for containers', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  async function run(name: string, script: string, host: object = {}, config: object = {}): Promise<void> {
    const body = { Image: 'busybox', Cmd: ['sh', '-c', script], HostConfig: host, ...config };
    const created = await engine.request('POST', `/containers/create?name=${name}`, body);
    assert.equal(created.status, 201, created.body);
    assert.equal((await engine.request('POST', `/containers/${name}/start`)).status, 204);
  }

  async function inspect(name: string): Promise<{ State: State; RestartCount: number }> {
    const { body } = await engine.request('GET', `/containers/${name}/json`);
    return JSON.parse(body) as { State: State; RestartCount: number };
  }

  async function until(name: string, test: (state: State, restarts: number) => boolean): Promise<State> {
    for (const deadline = Date.now() + 10_000; ; await sleep(20)) {
      const { State: state, RestartCount: restarts } = await inspect(name);
      if (test(state, restarts)) return state;
      if (Date.now() > deadline)
        throw new Error(`${name} stays ${JSON.stringify(state)}, restarts ${restarts}`);
    }
  }

  const policy = (Name: string, MaximumRetryCount = 0) => ({ RestartPolicy: { Name, MaximumRetryCount } });

  test('on-failure restarts as often as it is told, and not after success', async () => {
    await run('retries', 'exit 3', policy('on-failure', 2));
    const state = await until('retries', ({ Status }, restarts) => Status === 'exited' && restarts === 2);
    assert.equal(state.ExitCode, 3);
    await run('fine', 'exit 0', policy('on-failure'));
    await until('fine', ({ Status }) => Status === 'exited');
    await sleep(300);
    assert.equal((await inspect('fine')).RestartCount, 0);
  });

  test('always restarts with growing pauses until it is stopped', async () => {
    await run('loop', 'exit 1', policy('always'));
    await until('loop', (_state, restarts) => restarts >= 3);
    const { body } = await engine.request('GET', '/containers/json?filters={"name":["loop"],"status":["restarting"]}');
    const [listed] = JSON.parse(body) as { Status: string }[];
    if (listed) assert.match(listed.Status, /^Restarting \(1\) /);
    assert.equal((await engine.request('POST', '/containers/loop/stop?t=0')).status, 204);
    await sleep(1200);
    assert.equal((await inspect('loop')).State.Status, 'exited');
  }); // prettier-ignore

  test('who is killed by hand stays so, and runs again after a start', async () => {
    await run('kept', 'sleep 1000', policy('unless-stopped'));
    await engine.request('POST', '/containers/kept/kill');
    await sleep(300);
    assert.equal((await inspect('kept')).State.Status, 'exited');
    assert.equal((await engine.request('POST', '/containers/kept/start')).status, 204);
  });

  test('an engine that was killed restarts what has ended meanwhile, and what it did not stop runs on', async () => {
    await run('survivor', 'sleep 1000', policy('always'));
    await run('ending', 'sleep 0.6', policy('always'));
    const before = (await inspect('survivor')).State;
    await engine.stop('SIGKILL');
    await sleep(800);
    await engine.start();
    assert.equal((await inspect('survivor')).State.StartedAt, before.StartedAt);
    await until('ending', ({ Status }, restarts) => Status === 'running' && restarts <= 1);
    await engine.request('DELETE', '/containers/ending?force=1');
  });

  test('a container that eats its memory is killed, and the reason told', async () => {
    await run('hungry', 'x=a; while :; do x=$x$x; done', { Memory: 16 << 20 });
    const { State: state } = await engine.request('POST', '/containers/hungry/wait').then(() => inspect('hungry'));
    assert.deepEqual([state.OOMKilled, state.ExitCode, state.Status], [true, 137, 'exited']);
    const { body } = await engine.request('GET', `/events?since=${Math.floor(Date.now() / 1000) - 30}&until=${Math.floor(Date.now() / 1000) + 1}&filters={"container":["hungry"]}`);
    assert.match(body, /"Action":"oom"/);
  }); // prettier-ignore

  const ms = 1_000_000;
  const check = (test: string, more: object = {}) => ({
    Healthcheck: { Test: ['CMD-SHELL', test], Interval: 100 * ms, Retries: 2, ...more },
  });

  test('health goes from starting to healthy to unhealthy and back', async () => {
    await run('health', 'sleep 1000', {}, check('echo said; test -f /ok', { StartPeriod: 5000 * ms, StartInterval: 100 * ms }));
    assert.equal((await inspect('health')).State.Health?.Status, 'starting');
    await exec('touch /ok');
    await until('health', ({ Health }) => Health?.Status === 'healthy');
    await exec('rm /ok');
    const { Health } = await until('health', (state) => state.Health?.Status === 'unhealthy');
    assert.deepEqual([Health?.FailingStreak, Health?.Log.at(-1)?.ExitCode, Health?.Log.at(-1)?.Output], [2, 1, 'said\n']);
    await exec('touch /ok');
    await until('health', (state) => state.Health?.Status === 'healthy');
    const { body } = await engine.request('GET', '/containers/json?filters={"health":["healthy"]}');
    assert.match((JSON.parse(body) as { Status: string }[])[0]?.Status ?? '', /^Up .* \(healthy\)$/);

    async function exec(line: string): Promise<void> {
      const { body: made } = await engine.request('POST', '/containers/health/exec', { Cmd: ['sh', '-c', line], AttachStdout: true });
      await engine.request('POST', `/exec/${(JSON.parse(made) as { Id: string }).Id}/start`, {});
    }
  }); // prettier-ignore

  test('a probe that hangs is ended, and goes on over a killed engine', async () => {
    await run('slow', 'sleep 1000', {}, check('sleep 50', { Timeout: 200 * ms, Retries: 1 }));
    const { Health } = await until('slow', (state) => state.Health?.Status === 'unhealthy');
    assert.deepEqual(
      [Health?.Log[0]?.ExitCode, Health?.Log[0]?.Output],
      [-1, 'Health check exceeded timeout (200ms)'],
    );
    await engine.stop('SIGKILL');
    await engine.start();
    const streak = (await inspect('slow')).State.Health?.FailingStreak ?? 0;
    await until('slow', (state) => (state.Health?.FailingStreak ?? 0) > streak);
  });
});
