import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseFlags } from './parse-flags.ts';

const directory = mkdtempSync(join(tmpdir(), 'daemon-flags-'));
after(() => rmSync(directory, { recursive: true }));

function withFile(content: unknown, ...flags: string[]) {
  const path = join(directory, 'engine.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const settings = parseFlags(['--config-file', path, ...flags]);
  assert.ok(settings !== 'help');
  return settings;
}

test('an engine with a name of its own has roots of its own', () => {
  const { dataRoot, runRoot, hosts } = withFile({}, '--name', 'other');
  assert.deepEqual(
    { dataRoot, runRoot, hosts },
    {
      dataRoot: '/var/lib/lading-other',
      runRoot: '/run/lading-other',
      hosts: ['unix:///run/lading-other/engine.sock'],
    },
  );
});

test("reads the keys of Docker's daemon.json, flags win", () => {
  const file = {
    'data-root': '/d',
    'exec-root': '/r',
    'log-level': 'warn',
    'registry-mirrors': ['http://m'],
    mirrors: { 'quay.io': ['http://q'] },
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '5m', 'max-file': '3' },
    dns: ['1.1.1.1'],
    'live-restore': true,
  };
  const settings = withFile(file, '--data-root', '/e/');
  assert.partialDeepStrictEqual(settings, {
    dataRoot: '/e',
    runRoot: '/r',
    logLevel: 'warn',
    mirrors: { 'docker.io': ['http://m'], 'quay.io': ['http://q'] },
    log: { driver: 'json-file', options: { 'max-size': '5m', 'max-file': '3' } },
    logMaxSize: 5 << 20,
    logMaxFile: 3,
    dns: { servers: ['1.1.1.1'] },
    withoutEffect: ['live-restore'],
  });
});

test('refuses what is wrong in one line that names the place', () => {
  const cases: [unknown, RegExp][] = [
    [{ 'data-rot': '/x' }, /engine\.json: unknown setting "data-rot" \(did you mean data-root\?\)$/],
    [{ hosts: 'unix:///x' }, /engine\.json: hosts: want a list of strings$/],
    [{ 'userns-remap': 'default' }, /engine\.json: userns-remap: not supported by this engine$/],
    [{ 'log-level': 'loud' }, /log-level: want debug, info, warn or error, got "loud"$/],
    [[], /engine\.json: want a JSON object$/],
    ['{"debug": tru}', /engine\.json:1:14: Unexpected token '}'$/],
    ['{\n  "debug": true,\n}', /engine\.json:3:1: Expected double-quoted property name$/],
    ['{"debug": true', /engine\.json:1:15: Expected ',' or '}' after property value$/],
    ['', /engine\.json:1:0: Unexpected end of JSON input$/],
  ];
  for (const [content, message] of cases)
    assert.throws(
      () => withFile(content),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  assert.throws(() => parseFlags(['--hots', 'x']), { message: 'unknown flag: --hots (did you mean host?)' });
  assert.throws(() => parseFlags(['--config-file', '/nosuch']), {
    message: '/nosuch: no such settings file',
  });
  assert.throws(() => parseFlags(['--data-root', 'x']), /data-root: want an absolute path, got "x"/);
});
