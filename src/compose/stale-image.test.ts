import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { loadProject } from './load/load-project.ts';
import { changedSinceBuilt, MOST, sourcesIn } from './stale-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-stale-'));
after(() => rmSync(folder, { recursive: true }));

const built = new Date(Date.now() - 1_000_000);
/** Writes a file that is older or newer than the image. */
function write(name: string, text: string, isNew = true): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const time = new Date(built.getTime() + (isNew ? 1000 : -1000));
  utimesSync(path, time, time);
}

function changed(dockerfile: string, more = '', isNew = false): string[] {
  write('app/Dockerfile', dockerfile, isNew);
  write('compose.yaml', `services: {a: {build: {context: ./app}, ${more}}}`);
  const project = loadProject({ files: [], cwd: folder, env: {} });
  const [service] = project.services.values();
  const image = { Metadata: { LastTagTime: built.toISOString() } };
  return changedSinceBuilt(project, service ?? assert.fail(), image).toSorted();
}

write('app/.dockerignore', '*.md\nskipped\n!skipped/kept\n');
for (const name of [
  'README.md',
  'skipped/x',
  'skipped/kept',
  '.git/index',
  'src/a.ts',
  'src/deep/b.ts',
  'package.json',
])
  write(`app/${name}`, '');
write('app/src/old.ts', '', false);

test('files that an image copies count when they are newer, and its Dockerfile', () => {
  assert.deepEqual(changed('FROM x\nCOPY src /src\n'), ['src/a.ts', 'src/deep/b.ts']);
  assert.deepEqual(changed('FROM x\nCOPY --link ./src/*.ts \\\n  pack*.json /\n'), [
    'package.json',
    'src/a.ts',
  ]);
  assert.deepEqual(changed('FROM x\nCOPY . .\n'), [
    '.dockerignore',
    'package.json',
    'skipped/kept',
    'src/a.ts',
    'src/deep/b.ts',
  ]);
  assert.deepEqual(changed('FROM x\nRUN true\n'), []);
  assert.deepEqual(changed('FROM x\nRUN true\n', '', true), ['Dockerfile']);
  assert.deepEqual(changed('FROM x\nCOPY src /src\n', 'volumes: ["./app/src/deep:/src/deep"]'), ['src/a.ts']);
});

test('a folder with very much in it is not looked through', () => {
  for (let number = 0; number <= MOST; number += 1) write(`app/much/${number}`, '', false);
  assert.deepEqual(changed('FROM x\nCOPY src /src\n'), []);
  rmSync(join(folder, 'app/much'), { recursive: true });
});

test('sources are those of the own folder', () => {
  const text = `# COPY no /
COPY --from=base /a /b
ADD http://example.com/x ./y /z
copy ["a b", "c/", "/d"]
COPY $DIR /e
COPY <<EOF /f
COPY --chown=1:1 ./ /app
`;
  assert.deepEqual(sourcesIn(text), ['y', 'a b', 'c', '.']);
});
