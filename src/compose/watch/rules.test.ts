import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadProject } from '../load/load-project.ts';
import { actionsFor } from './actions.ts';
import { readRules } from './rules.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'lade-rules-')));
after(() => rmSync(root, { recursive: true }));
const at = (path: string): string => join(root, path);
for (const name of ['src', 'lib']) mkdirSync(at(name));

/** The rules of one service `app`. */
function rulesOf(
  watch: readonly object[],
  service: object = {},
  warn: (line: string) => void = (line) => assert.fail(line),
) {
  const app = { image: 'busybox', ...service, develop: { watch } };
  writeFileSync(at('compose.yaml'), JSON.stringify({ name: 'demo', services: { app } }));
  const project = loadProject({ files: [], cwd: root, env: {} });
  return readRules(project, [...project.services.values()], warn);
}

test('ignored and not included paths match nothing; the others lie in the target as in the watched path', () => {
  writeFileSync(at('.dockerignore'), 'src/private\n*.md\n');
  const sync = { action: 'sync', path: at('src'), target: '/app' };
  const [rule] = rulesOf(
    [{ ...sync, ignore: ['*.log'], include: ['*.js', 'lib', 'private', '**/*~', '*.log'] }],
    { build: root },
  );
  assert.ok(rule);
  const names = ['a.js', 'a.ts', 'lib/x/y', 'lib/.git/HEAD', 'private/x', 'x.log', 'old.js~', 'lib/.x.swp'];
  assert.deepEqual(
    names.filter((name) => rule.matches(at(`src/${name}`))),
    ['a.js', 'lib/x/y'],
  );
  assert.equal(rule.inContainer(at('src/lib/x/y')), '/app/lib/x/y');
  assert.equal(rule.matches(at('srcfile.js')), false);
  assert.equal(rule.ignoresAllOf(at('src/private')), true);
  assert.equal(rule.ignoresAllOf(at('src/lib')), false);
});

test('an exception keeps a directory from being left out as a whole, and `*` ignores nothing but for it', () => {
  const sync = { action: 'sync', path: at('src'), target: '/app' };
  const [kept] = rulesOf([{ ...sync, ignore: ['dist', '!dist/keep'] }]);
  assert.equal(kept?.ignoresAllOf(at('src/dist')), false);
  assert.deepEqual(
    ['dist/x', 'dist/keep'].map((name) => kept?.matches(at(`src/${name}`))),
    [false, true],
  );
  const [all] = rulesOf([{ ...sync, ignore: ['*', '!keep'] }]);
  assert.equal(all?.matches(at('src/x')), true);
});

test('what a batch asks for: each file once, each service once, each command once', () => {
  symlinkSync(at('lib'), at('link'));
  const exec = { command: ['true'] };
  const rules = rulesOf(
    [
      { action: 'sync', path: at('src'), target: '/app' },
      { action: 'sync+restart', path: at('link'), target: '/lib' },
      { action: 'sync+exec', path: at('lib/x'), target: '/x', exec },
      { action: 'rebuild', path: at('package.json') },
      { action: 'restart', path: at('src/restart') },
    ],
    { build: root },
  );
  const none = actionsFor(rules, [at('other')]);
  assert.deepEqual([none.rebuild.size, none.sync.size, none.restart.size, none.exec.size], [0, 0, 0, 0]);
  const actions = actionsFor(rules, [at('src/restart'), at('lib/x/1'), at('lib/x/2'), at('package.json')]);
  assert.deepEqual(
    actions.sync.get('app')?.map(({ container }) => container),
    ['/app/restart', '/lib/x/1', '/x/1', '/lib/x/2', '/x/2'],
  );
  assert.deepEqual([...actions.restart], ['app']);
  assert.deepEqual([...actions.rebuild], ['app']);
  assert.equal(actions.exec.size, 1);
});

test('rules that can not be followed are told with their place, those under a bind mount only mentioned', () => {
  const place = /^.*compose\.yaml:1:\d+: /.source;
  assert.throws(
    () => rulesOf([{ action: 'rebuild', path: at('src') }]),
    new RegExp(`${place}can't watch service "app" with action rebuild without a build context`),
  );
  assert.throws(
    () => rulesOf([{ action: 'sync+exec', path: at('src'), target: '/x' }]),
    new RegExp(`${place}can't watch with action "sync\\+exec" on service "app" without a command`),
  );
  assert.throws(() => rulesOf([]), /none of the selected services is configured for watch/);
  const told: string[] = [];
  const watch = [
    { action: 'sync', path: at('src'), target: '/x' },
    { action: 'restart', path: at('src') },
  ];
  const rules = rulesOf(watch, { volumes: [`${root}:/all`] }, (line) => void told.push(line));
  assert.deepEqual(
    [rules.map(({ action }) => action), told],
    [
      ['restart'],
      [`path '${at('src')}' also declared by a bind mount volume, this path won't be monitored!`],
    ],
  );
});
