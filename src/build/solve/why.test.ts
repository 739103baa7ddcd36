import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BuildWorld, isRoot, openWorld } from '../testing/open-world.ts';
import type { BuildRequest } from '../types.ts';

type Change = (directory: string) => void;

const write =
  (files: Readonly<Record<string, string>>): Change =>
  (directory) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  };
const remove =
  (...paths: readonly string[]): Change =>
  (directory) => {
    for (const path of paths) rmSync(join(directory, path), { recursive: true });
  };

interface Case {
  readonly name: string;
  readonly before: string;
  /** The Dockerfile of the second build; default: the same. */
  readonly now?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly change?: Change;
  readonly first?: Partial<BuildRequest>;
  readonly second?: Partial<BuildRequest>;
  /** What the second build tells of its steps. */
  readonly told: Readonly<Record<string, string>>;
}

const files = { 'src/a.ts': '1', 'src/b.ts': '2', 'src/c.ts': '3', 'package.json': '{}' };
const whole = 'FROM busybox\nCOPY . .\nRUN echo ci';

/** Two builds with something changed between them, and the reasons that the second one gives. */
const corpus: readonly Case[] = [
  { name: 'nothing', before: whole, files, told: { 'COPY . .': 'hit', 'RUN echo ci': 'hit' } },
  {
    name: 'one file',
    before: whole,
    files,
    change: write({ 'src/a.ts': 'x' }),
    told: { 'COPY . .': 'src/a.ts changed (1 of 4 files)', 'RUN echo ci': 'follows the COPY above' },
  },
  {
    name: 'three files',
    before: whole,
    files,
    change: write({ 'src/a.ts': 'x', 'src/b.ts': 'x', 'src/c.ts': 'x' }),
    told: { 'COPY . .': 'src/a.ts, src/b.ts, src/c.ts changed (3 of 4 files)' },
  },
  {
    name: 'many files',
    before: whole,
    files,
    change: write({ 'src/a.ts': 'x', 'src/b.ts': 'x', 'src/c.ts': 'x', 'package.json': 'x' }),
    told: { 'COPY . .': 'package.json, src/a.ts, src/b.ts changed and 1 more (4 of 4 files)' },
  },
  {
    name: 'a new file',
    before: whole,
    files,
    change: write({ 'new/file': '1' }),
    told: { 'COPY . .': 'new/file added (1 of 5 files)' },
  },
  {
    name: 'a file that is gone',
    before: whole,
    files,
    change: remove('src/b.ts'),
    told: { 'COPY . .': 'src/b.ts removed (1 of 4 files)' },
  },
  {
    name: 'of each one',
    before: whole,
    files,
    change: (directory) => {
      write({ 'src/a.ts': 'x', new: '' })(directory);
      remove('src/c.ts')(directory);
    },
    told: { 'COPY . .': 'src/a.ts changed, new added, src/c.ts removed (3 of 4 files)' },
  },
  {
    name: 'the only file',
    before: 'FROM busybox\nCOPY package.json /',
    files,
    change: write({ 'package.json': '{"a":1}' }),
    told: { 'COPY package.json /': 'package.json changed' },
  },
  {
    name: 'a mode',
    before: whole,
    files,
    change: (directory) => chmodSync(join(directory, 'src/a.ts'), 0o755),
    told: { 'COPY . .': 'src/a.ts changed (1 of 4 files)' },
  },
  {
    name: 'the mode of a directory',
    before: whole,
    files,
    change: (directory) => chmodSync(join(directory, 'src'), 0o700),
    told: { 'COPY . .': 'directories or their modes changed' },
  },
  {
    name: 'one of two sources',
    before: 'FROM busybox\nCOPY package.json src/a.ts /x/',
    files,
    change: write({ 'src/a.ts': 'x' }),
    told: { 'COPY package.json src/a.ts /x/': 'src/a.ts: src/a.ts changed' },
  },
  {
    name: 'a file that is not copied',
    before: 'FROM busybox\nCOPY package.json /',
    files,
    change: write({ 'src/a.ts': 'x' }),
    told: { 'COPY package.json /': 'hit' },
  },
  {
    name: 'the text of an instruction',
    before: 'FROM busybox\nRUN echo one >/x\nRUN echo after',
    now: 'FROM busybox\nRUN echo two >/x\nRUN echo after',
    told: {
      'RUN echo two >/x': 'the instruction changed, it was RUN echo one >/x',
      'RUN echo after': 'follows the RUN above',
    },
  },
  {
    name: 'an instruction in between',
    before: 'FROM busybox\nRUN echo one\nRUN echo after',
    now: 'FROM busybox\nRUN echo one\nRUN echo between\nRUN echo after',
    told: {
      'RUN echo one': 'hit',
      'RUN echo between': 'the instruction changed, it was RUN echo after',
      'RUN echo after': 'follows the RUN above',
    },
  },
  {
    name: 'a new instruction at the end',
    before: 'FROM busybox\nRUN echo one',
    now: 'FROM busybox\nRUN echo one\nRUN echo last',
    told: { 'RUN echo one': 'hit', 'RUN echo last': 'first build of this step' },
  },
  {
    name: 'an argument',
    before: 'FROM busybox\nARG WHO\nRUN echo $WHO',
    first: { buildArgs: { WHO: 'a' } },
    second: { buildArgs: { WHO: 'b' } },
    told: { 'RUN echo $WHO': 'WHO changed' },
  },
  {
    name: 'a variable',
    before: 'FROM busybox\nENV A=1 B=1\nRUN echo $A',
    now: 'FROM busybox\nENV A=2 B=1\nRUN echo $A',
    told: { 'RUN echo $A': 'A changed' },
  },
  {
    name: 'the user',
    before: 'FROM busybox\nUSER 5\nRUN id',
    now: 'FROM busybox\nUSER 6\nRUN id',
    told: { 'RUN id': 'USER changed: 5 → 6' },
  },
  {
    name: 'the network',
    before: 'FROM busybox\nRUN id',
    second: { network: 'none' },
    told: { 'RUN id': '--network changed: default → none' },
  },
  {
    name: 'an option of a copy',
    before: 'FROM busybox\nARG MODE\nCOPY --chmod=$MODE package.json /',
    files,
    first: { buildArgs: { MODE: '600' } },
    second: { buildArgs: { MODE: '644' } },
    told: { 'COPY --chmod=$MODE package.json /': 'paths, owner or mode changed' },
  },
  {
    name: 'another stage',
    before:
      'FROM busybox AS one\nCOPY src /src\nRUN cat /src/* >/out\nFROM busybox\nCOPY --from=one /out /out\nRUN cat /out',
    files,
    change: write({ 'src/a.ts': 'x' }),
    told: {
      'COPY src /src': 'src/a.ts changed (1 of 3 files)',
      'RUN cat /src/* >/out': 'follows the COPY above',
      'COPY --from=one /out /out': 'out changed',
      'RUN cat /out': 'follows the COPY above',
    },
  },
  {
    name: 'another stage that gives the same',
    before:
      'FROM busybox AS one\nCOPY src /src\nRUN echo same >/out\nFROM busybox\nCOPY --from=one /out /out',
    files,
    change: write({ 'src/a.ts': 'y' }),
    told: { 'RUN echo same >/out': 'follows the COPY above', 'COPY --from=one /out /out': 'hit' },
  },
  {
    name: 'no cache wanted',
    before: whole,
    files,
    second: { noCache: true },
    told: { 'COPY . .': '--no-cache', 'RUN echo ci': '--no-cache' },
  },
  {
    name: 'no cache wanted for a stage',
    before: 'FROM busybox AS one\nRUN echo 1 >/1\nFROM busybox AS two\nCOPY --from=one /1 /1\nRUN echo 2',
    second: { noCacheStages: ['two'] },
    told: {
      'RUN echo 1 >/1': 'hit',
      'COPY --from=one /1 /1': '--no-cache-filter two',
      'RUN echo 2': '--no-cache-filter two',
    },
  },
  {
    name: 'a mounted context',
    before: 'FROM busybox\nRUN --mount=target=/m,source=src cat /m/*',
    files,
    change: write({ 'src/b.ts': 'x' }),
    told: { 'RUN --mount=target=/m,source=src cat /m/*': 'src/b.ts changed (1 of 3 files)' },
  },
];

describe('reasons', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  before(async () => {
    world = await openWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [index, given] of corpus.entries())
    test(given.name, async () => {
      const contextDir = join(world.dir, `case-${index}`);
      mkdirSync(contextDir);
      write(given.files ?? {})(contextDir);
      const request = { contextDir, lineage: given.name };
      await world.build(salted(given.before, index), {}, { ...request, ...given.first });
      given.change?.(contextDir);
      const { cache } = await world.build(
        salted(given.now ?? given.before, index),
        {},
        {
          ...request,
          ...given.first,
          ...given.second,
        },
      );
      for (const [step, why] of Object.entries(given.told)) assert.equal(cache[step], why, step);
    });

  test('a step above that is back at what another build made', async () => {
    const contextDir = join(world.dir, 'back');
    mkdirSync(contextDir);
    const build = async (content: string, lineage: string, text = 'FROM busybox\nCOPY f /f\nRUN cat /f') => {
      writeFileSync(join(contextDir, 'f'), content);
      return (await world.build(text, {}, { contextDir, lineage })).cache;
    };
    await build('1', 'mine');
    await build('2', 'other', 'FROM busybox\nCOPY f /f');
    const cache = await build('2', 'mine');
    assert.equal(cache['COPY f /f'], 'hit');
    assert.equal(cache['RUN cat /f'], 'the COPY above gives something else than in the last build');
    await build('1', 'mine');
    assert.equal((await build('3', 'mine'))['COPY f /f'], 'f changed');
  });

  test('the same under another name', async () => {
    const contextDir = join(world.dir, 'renamed');
    mkdirSync(contextDir);
    write({ a: '1', b: '2', c: '3' })(contextDir);
    await world.build('FROM busybox\nWORKDIR /named\nCOPY . .', {}, { contextDir, lineage: 'app:1' });
    write({ a: 'x' })(contextDir);
    const { cache } = await world.build(
      'FROM busybox\nWORKDIR /named\nCOPY . .',
      {},
      { contextDir, lineage: 'app:2' },
    );
    assert.equal(cache['COPY . .'], 'a changed (1 of 3 files)');
  });

  test('another base image', async () => {
    const { image: first } = await world.build('FROM busybox\nRUN echo 1 >/v', {}, { tags: ['moving'] });
    const text = 'FROM moving\nRUN echo on it\nRUN echo after';
    await world.build(text, {}, { lineage: 'moved' });
    const { image: second } = await world.build('FROM busybox\nRUN echo 2 >/v', {}, { tags: ['moving'] });
    const { cache } = await world.build(text, {}, { lineage: 'moved' });
    const [left, right] = [first, second].map(({ id }) => id.slice(0, 19));
    assert.equal(cache['RUN echo on it'], `base image moved: moving:latest ${left} → ${right}`);
    assert.equal(cache['RUN echo after'], 'follows the RUN above');
  });

  test('a context that changes while it is read is not remembered as what it was', async () => {
    const contextDir = join(world.dir, 'changing');
    mkdirSync(contextDir);
    writeFileSync(join(contextDir, 'racing'), 'old');
    const text = 'FROM busybox\nCOPY racing /f';
    const build = () =>
      world.build(text, {}, { contextDir, lineage: 'changing' }, undefined, (event) => {
        if (event.type === 'step-started' && event.name === 'COPY racing /f' && !event.cache.hit)
          writeFileSync(join(contextDir, 'racing'), 'new');
      });
    const { output } = await build();
    assert.match(output, /files of the context changed while they were read/);
    writeFileSync(join(contextDir, 'racing'), 'old');
    const { image, cache } = await world.build(text, {}, { contextDir, lineage: 'changing' });
    assert.equal(cache['COPY racing /f'], 'first build of this step');
    assert.equal(world.read(image, 'f'), 'old');
  });
});

/** Steps of one case are no other's. */
const salted = (text: string, index: number): string =>
  text.replaceAll(/^FROM busybox.*$/gm, `$&\nENV CASE=${index}`);
