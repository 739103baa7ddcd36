import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Project } from '../model/types.ts';
import { loadProject } from './load-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-compose-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

let count = 0;
function load(
  text: string,
  options: { env?: Record<string, string>; files?: string[]; profiles?: string[]; named?: string[] } = {},
): Project {
  const file = write(`compose-${count++}.yml`, text);
  return loadProject({
    files: [file, ...(options.files ?? [])],
    cwd: folder,
    env: {},
    projectName: 'p',
    ...options,
    ...(options.files && { files: [file, ...options.files] }),
  });
}
const service = (body: string, options = {}) =>
  load(
    `services:\n  web:\n    image: busybox\n${body.replace(/^/gm, '    ')}\nvolumes: {data: {}}\n`,
    options,
  ).services.get('web');

test('short forms become long', () => {
  const web =
    service(
      `
ports: ["8080:80", "127.0.0.1:53:53/udp", "9000-9001:9000-9001", 3000]
volumes: [data:/data:ro, ./src:/src, /anonymous]
environment: [A=1, B]
depends_on: [db]
dns: 1.1.1.1
command: sh -c "echo 'a b'"
ulimits: {nofile: 10}
`
        .trim()
        .replace('depends_on: [db]', ''),
      { env: { B: 'two' } },
    ) ?? assert.fail();
  assert.deepEqual(
    web.ports.map(
      ({ hostIp = '', published = '', target, protocol }) => `${hostIp}:${published}:${target}/${protocol}`,
    ),
    [':8080:80/tcp', '127.0.0.1:53:53/udp', ':9000:9000/tcp', ':9001:9001/tcp', '::3000/tcp'],
  );
  assert.deepEqual(
    web.volumes.map(({ type, source, target, readOnly }) => [type, source, target, readOnly]),
    [
      ['volume', 'data', '/data', true],
      ['bind', join(folder, 'src'), '/src', false],
      ['volume', undefined, '/anonymous', false],
    ],
  );
  assert.deepEqual(web.environment, { A: '1', B: 'two' });
  assert.deepEqual(web.command, ['sh', '-c', "echo 'a b'"]);
  assert.deepEqual(web.ulimits, { nofile: { soft: 10, hard: 10 } });
});

test('a port that YAML would read in base 60 is what was written', () =>
  assert.equal(service('ports: [22:22]')?.ports[0]?.published, '22'));

test('a second file is laid over the first: maps merge, commands replace, volumes go by target', () => {
  const other = write(
    'override.yml',
    'services:\n  web:\n    command: [b]\n    environment: {B: 2}\n    volumes: [other:/data]\n    ports: ["81:81"]\nvolumes: {other: {}}\n',
  );
  const web = load(
    'services:\n  web:\n    image: busybox\n    command: [a, b]\n    environment: [A=1, B=1]\n    volumes: [data:/data]\n    ports: ["80:80"]\nvolumes: {data: {}}\n',
    { files: [other] },
  ).services.get('web');
  assert.deepEqual(web?.command, ['b']);
  assert.deepEqual(web?.environment, { A: '1', B: '2' });
  assert.deepEqual(
    web?.volumes.map(({ source }) => source),
    ['other'],
  );
  assert.deepEqual(
    web?.ports.map(({ target }) => target),
    [80, 81],
  );
});

test('!reset and !override take effect in a later file', () => {
  const other = write(
    'reset.yml',
    'services:\n  web:\n    ports: !override ["81:81"]\n    environment: !reset null\n',
  );
  const web = load('services:\n  web:\n    image: busybox\n    environment: {A: 1}\n    ports: ["80:80"]\n', {
    files: [other],
  }).services.get('web');
  assert.deepEqual(
    web?.ports.map(({ target }) => target),
    [81],
  );
  assert.deepEqual(web?.environment, {});
});

test('extends takes over a service of the same or another file', () => {
  write(
    'base.yml',
    'services:\n  base:\n    image: busybox\n    volumes: ["./here:/x"]\n    environment: {A: 1}\n',
  );
  const project = load(
    'services:\n  app:\n    extends: {file: base.yml, service: base}\n    environment: {B: 2}\n  two:\n    extends: app\n    command: x\n',
  );
  assert.deepEqual(project.services.get('two')?.environment, { A: '1', B: '2' });
  assert.equal(project.services.get('two')?.volumes[0]?.source, join(folder, 'here'));
});

test('anchors and merge keys are resolved', () => {
  const project = load(
    'x-base: &base\n  image: busybox\n  environment: {A: 1}\nservices:\n  a: {<<: *base, command: x}\n  b: *base\n',
  );
  assert.equal(project.services.get('a')?.image, 'busybox');
  assert.deepEqual(project.services.get('b')?.environment, { A: '1' });
});

test('profiles leave services out until they are chosen or named', () => {
  const text = 'services:\n  a: {image: x}\n  b: {image: x, profiles: [debug]}\n';
  assert.deepEqual([...load(text).services.keys()], ['a']);
  assert.deepEqual([...load(text, { profiles: ['debug'] }).services.keys()], ['a', 'b']);
  assert.deepEqual([...load(text, { named: ['b'] }).services.keys()], ['a', 'b']);
});

test('a service that is named brings what it needs of its profiles, and nothing else of them', () => {
  const text = `services:
  a: {image: x, profiles: [p], depends_on: [b]}
  b: {image: x, profiles: [p]}
  broken: {image: x, profiles: [p], depends_on: [off]}
  off: {image: x, profiles: [q]}
  always: {image: x}
`;
  const named = load(text, { named: ['a'] });
  assert.deepEqual([...named.services.keys()], ['a', 'b', 'always']);
  assert.deepEqual([...named.disabled.keys()], ['broken', 'off']);
  assert.throws(
    () => load(text, { named: ['broken'] }),
    /:4:\d+: .*"broken" depends on undefined service "off" \(it is in the profile q, which is not enabled\)/,
  );
});

test('env files are read for services that are wanted', () => {
  const text = `services:
  a: {image: x, depends_on: [b]}
  b: {image: x}
  c: {image: x, env_file: missing.env}
  off: {image: x, env_file: missing.env, profiles: [q]}
`;
  assert.throws(() => load(text), /:4:\d+: env file .*missing\.env not found/);
  assert.deepEqual([...load(text, { named: ['a'] }).services.keys()], ['a', 'b', 'c']);
  assert.throws(() => load(text, { named: ['a', 'c'] }), /missing\.env not found/);
  assert.throws(() => load(text, { named: ['off'] }), /:5:\d+: env file .*missing\.env not found/);
});

test('env files come under the environment, in their order', () => {
  write('one.env', 'A=1\nB=1\nC=1\n');
  write('two.env', 'B=2\n');
  assert.deepEqual(service('env_file: [one.env, two.env]\nenvironment: {C: 3}')?.environment, {
    A: '1',
    B: '2',
    C: '3',
  });
});

test('names of networks and volumes carry the project, external ones do not', () => {
  const project = load(
    'services: {a: {image: x, networks: [n, e]}}\nnetworks: {n: {}, e: {external: true}}\nvolumes: {v: {}, named: {name: mine}}\n',
  );
  assert.deepEqual(
    [...project.networks.values()].map(({ name }) => name),
    ['p_n', 'e'],
  );
  assert.deepEqual(
    [...project.volumes.values()].map(({ name }) => name),
    ['p_v', 'mine'],
  );
});

/** Files that are wrong, and what is told: line:column and the message. */
const bad: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  [
    'an unknown key of a service',
    'services:\n  a:\n    image: x\n    voluems: []\n',
    /:4:5: services\.a additional properties 'voluems' not allowed \(did you mean 'volumes'\?\)/,
  ],
  [
    'a key one level too deep',
    'services:\n  a:\n    image: x\n    build:\n      context: .\n      ports: []\n',
    /:6:7: .*'ports' not allowed \(it belongs to the service: move it up/,
  ],
  [
    'a top-level key in a service',
    'services:\n  a:\n    image: x\n    services: {}\n',
    /:4:5: .*\(it belongs to the top level: indent it less\)/,
  ],
  [
    'a service at the top',
    'web:\n  image: x\n',
    /:1:1: .*'web' not allowed \(a service\? indent it under 'services:'\)/,
  ],
  ['a tab', 'services:\n\ta:\n\t  image: x\n', /:2:1: a tab can not indent YAML: use blanks/],
  [
    'a list without its key',
    'services:\n  db:\n    image: postgres\n    [\n      "postgres"\n    ]\n',
    /:\d+:\d+: /,
  ],
  [
    'a key twice',
    'services:\n  a:\n    image: x\n    image: y\n',
    /:4:5: mapping key "image" already defined at line 3: join the two/,
  ],
  [
    'a port out of range',
    'services:\n  a:\n    image: x\n    ports: ["70000:80"]\n',
    /:4:13: invalid port "70000:80": 70000 is out of range/,
  ],
  [
    'ranges of different length',
    'services:\n  a:\n    image: x\n    ports: ["80-82:80-81"]\n',
    /the ranges differ in length/,
  ],
  [
    'an undefined volume',
    'services:\n  a:\n    image: x\n    volumes: ["dta:/x"]\nvolumes: {data: {}}\n',
    /:4:15: service "a" refers to undefined volume dta \(did you mean data\?\)/,
  ],
  [
    'an undefined network',
    'services:\n  a:\n    image: x\n    networks: [fron]\nnetworks: {front: {}}\n',
    /:4:16: service "a" refers to undefined network fron \(did you mean front\?\)/,
  ],
  [
    'an undefined dependency',
    'services:\n  a:\n    image: x\n    depends_on: [d]\n',
    /:4:18: service "a" depends on undefined service "d"/,
  ],
  [
    'a cycle',
    'services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n',
    /dependency cycle detected: a -> b -> a/,
  ],
  [
    'neither image nor build',
    'services:\n  a:\n    command: x\n',
    /:2:3: service "a" has neither an image nor a build context/,
  ],
  [
    'a boolean restart',
    'services:\n  a:\n    image: x\n    restart: true\n',
    /:4:14: services\.a\.restart must be a string: put true in quotes/,
  ],
  [
    'a wrong type',
    'services:\n  a:\n    image: x\n    ports: 80\n',
    /:4:12: services\.a\.ports must be a list/,
  ],
  [
    'a wrong duration',
    'services:\n  a:\n    image: x\n    healthcheck: {interval: 1x}\n',
    /:4:29: services\.a\.healthcheck\.interval must be a duration/,
  ],
  [
    'a wrong condition',
    'services:\n  a:\n    image: x\n    depends_on: {b: {condition: healthy}}\n  b: {image: x}\n',
    /:4:33: services\.a\.depends_on\.b\.condition value must be one of/,
  ],
  [
    'a missing env file',
    'services:\n  a:\n    image: x\n    env_file: nope.env\n',
    /:4:15: env file .*nope\.env not found/,
  ],
  [
    'a circular extends',
    'services:\n  a: {extends: b}\n  b: {extends: a}\n',
    /circular reference: .*extends/,
  ],
  [
    'an extends to nowhere',
    'services:\n  a: {extends: bse}\n  base: {image: x}\n',
    /cannot extend service "bse": service not found \(did you mean base\?\)/,
  ],
  [
    'an unset required variable',
    'services:\n  a:\n    image: ${IMAGE:?which}\n',
    /:3:12: required variable IMAGE is missing a value: which/,
  ],
  ['an unknown anchor', 'services:\n  a: *nope\n', /:2:\d+: /],
  ['a document that is no map', '- a\n', /:1:1: Top-level object must be a mapping/],
];

for (const [name, text, message] of bad) {
  test(`${name} is refused with its place`, () => assert.throws(() => load(text), { message }));
}

test('several mistakes are told at once', () => {
  const run = (): Project => load('services:\n  a:\n    imag: x\n    prots: []\n');
  assert.throws(run, (error: Error) => error.message.split('\n').length === 2);
});
