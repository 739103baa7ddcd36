import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const infoOf = async (engine: TestEngine) =>
  JSON.parse((await engine.request('GET', '/info')).body) as {
    Labels: string[];
    Debug: boolean;
    RegistryConfig: { Mirrors: string[]; InsecureRegistryCIDRs: string[] };
  };

async function reload(engine: TestEngine, done: () => boolean | Promise<boolean>): Promise<void> {
  process.kill(engine.pid, 'SIGHUP');
  for (const deadline = Date.now() + 5_000; Date.now() < deadline && !(await done());)
    await new Promise((next) => setTimeout(next, 20));
}

test(
  'SIGHUP takes over what is new in the settings file, and tells it; a broken file changes nothing',
  needs('root'),
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'lade-settings-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'daemon.json');
    const write = (settings: object | string): void =>
      writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
    write({ labels: ['a=b'] });
    await using engine = await startTestEngine(['--config-file', file]);
    assert.deepEqual((await infoOf(engine)).Labels, ['a=b']);
    const since = String(Date.now() / 1000);
    write({
      labels: ['c=d'],
      debug: true,
      'registry-mirrors': ['http://127.0.0.1:5999'],
      'insecure-registries': ['10.1.0.0/16'],
      'max-concurrent-downloads': 7,
    });
    await reload(engine, async () => (await infoOf(engine)).Debug);
    const info = await infoOf(engine);
    assert.deepEqual(info.Labels, ['c=d']);
    assert.deepEqual(info.RegistryConfig.Mirrors, ['http://127.0.0.1:5999']);
    assert.ok(info.RegistryConfig.InsecureRegistryCIDRs.includes('10.1.0.0/16'));
    const filters = encodeURIComponent('{"type":["daemon"],"event":["reload"]}');
    const { body } = await engine.request(
      'GET',
      `/events?since=${since}&until=${Date.now() / 1000 + 0.1}&filters=${filters}`,
    );
    assert.partialDeepStrictEqual(JSON.parse(body), {
      Type: 'daemon',
      Action: 'reload',
      Actor: {
        Attributes: {
          debug: 'true',
          labels: '["c=d"]',
          'max-concurrent-downloads': '7',
          'live-restore': 'true',
        },
      },
    });
    write('{"labels": 5');
    await reload(engine, () => readFileSync(engine.log, 'utf8').includes('settings are not read again'));
    assert.match(readFileSync(engine.log, 'utf8'), /settings are not read again: .*daemon\.json:1:13/);
    assert.deepEqual((await infoOf(engine)).Labels, ['c=d']);
  },
);
