import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { loadProject } from '../load/load-project.ts';
import { type Explained, explain, type Origin } from './explain.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-explain-'));
after(() => rmSync(folder, { recursive: true }));

const files: Readonly<Record<string, string>> = {
  'compose.yaml': `include: [inc.yaml]
services:
  web:
    extends: {file: base/b.yaml, service: b}
    image: "app:\${TAG:-latest}"
    command: a
    ports: ["\${PORT}:80"]
    env_file: [one.env, two.env]
    environment:
      OWN: \${NONE:-1}
      FROM_SHELL:
      B: own
    volumes: ["data:/data"]
    expose: ["81"]
  gone: {image: gone}
volumes: {data: }
`,
  'over.yaml': `services:
  web:
    command: [b, c]
    environment: {OWN: 2}
    volumes: ["./other:/data"]
    cap_add: []
    expose: !reset []
    labels: {l: !reset }
    privileged: !reset
  gone: !reset
`,
  'inc.yaml': 'services: {db: {image: "pg:${V}"}}\n',
  'base/b.yaml': 'services:\n  b:\n    image: base\n    labels: {k: 1, l: 1}\n',
  '.env': '\nTAG=v2\nPORT=81\nV=17\n',
  'one.env': 'A=1\nB=one\n',
  'two.env': '# x\nA=2\n',
};

const found = new Map<string, Explained>();
before(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const shell = { FROM_SHELL: 'sh', PORT: '82' };
  const project = loadProject({ files: ['compose.yaml', 'over.yaml'], cwd: folder, env: shell });
  for (const one of explain({ ...project, shell })) found.set(one.path, one);
});

const textOf = ({ kind, place }: Origin): string =>
  place ? `${kind} ${relative(folder, place.file)}:${place.line}` : kind;

/** A value, its place, its variables and what was there before. */
function told(path: string): unknown[] {
  const one = found.get(path) ?? assert.fail(`nothing at ${path}`);
  return [
    one.value,
    textOf(one.from),
    ...one.variables.map(({ name, from }) => `${name} ${textOf(from)}`),
    ...one.before.map(({ value, from }) => [value, textOf(from)]),
  ];
}

for (const [title, path, expected] of [
  [
    'a variable of .env',
    'services.web.image',
    ['app:v2', 'file compose.yaml:5', 'TAG env-file .env:2', ['base', 'extends base/b.yaml:3']],
  ],
  ['a value of an extended file', 'services.web.labels.k', [1, 'extends base/b.yaml:4']],
  ['a value of an included file', 'services.db.image', ['pg:17', 'include inc.yaml:1', 'V env-file .env:4']],
  [
    'a list that replaces another form',
    'services.web.command[0]',
    ['b', 'override over.yaml:3', ['a', 'file compose.yaml:6']],
  ],
  [
    'a variable of the shell over .env',
    'services.web.ports[0].published',
    ['82', 'file compose.yaml:7', 'PORT shell'],
  ],
  ['a default', 'services.web.environment.OWN', [2, 'override over.yaml:4', ['1', 'file compose.yaml:10']]],
  [
    'a name that takes its value from the shell',
    'services.web.environment.FROM_SHELL',
    ['sh', 'file compose.yaml:11', 'FROM_SHELL shell'],
  ],
  [
    'an env file over another',
    'services.web.environment.A',
    ['2', 'env-file two.env:2', ['1', 'env-file one.env:1']],
  ],
  [
    'the environment over an env file',
    'services.web.environment.B',
    ['own', 'file compose.yaml:12', ['one', 'env-file one.env:2']],
  ],
  [
    'a mount that takes the place of another',
    'services.web.volumes[0].type',
    ['bind', 'override over.yaml:5', ['volume', 'file compose.yaml:13']],
  ],
  ['an empty list', 'services.web.cap_add', [[], 'override over.yaml:6']],
  [
    'a name that is implied',
    'volumes.data.name',
    [`${folder.split('/').at(-1)?.toLowerCase()}_data`, 'implied compose.yaml:16'],
  ],
  [
    'a list that is reset',
    'services.web.expose',
    [undefined, 'override over.yaml:7', [['81'], 'file compose.yaml:14']],
  ],
  [
    'an extended value that is reset',
    'services.web.labels.l',
    [undefined, 'override over.yaml:8', [1, 'extends base/b.yaml:4']],
  ],
  [
    'a service that is reset',
    'services.gone',
    [undefined, 'override over.yaml:10', [{ image: 'gone' }, 'file compose.yaml:15']],
  ],
] as const)
  test(`${title} is explained`, () => assert.deepEqual(told(path), expected));

test('what is reset where nothing was is not told, what was removed stands beside its neighbours', () => {
  const paths = [...found.keys()];
  assert.equal(paths.includes('services.web.privileged'), false);
  assert.equal(paths.indexOf('services.web.labels.l'), paths.indexOf('services.web.labels.k') + 1);
});
