import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { makePlan } from './make-plan.ts';
import { neededPaths } from './needed-paths.ts';

async function needed(text: string, target?: string): Promise<readonly string[] | undefined> {
  const request = { buildArgs: {}, labels: {}, network: 'default', extraHosts: [] };
  const plan = await makePlan(
    parseDockerfile('Dockerfile', `FROM scratch AS first\n${text}\n`),
    { ...request, ...(target !== undefined && { target }) },
    { resolveImage: async () => assert.fail('no image is needed') },
  );
  return neededPaths(plan);
}

for (const [text, paths] of [
  ['LABEL a=b', []],
  ['COPY package.json .', ['package.json']],
  ['COPY /b ./a/ ../c /d/', ['a', 'b', 'c']],
  ['COPY *.txt a/b?.c /d/', ['*.txt', 'a/b?.c']],
  ['ARG V=x\nCOPY $V/y /', ['x/y']],
  ['ADD a.tar /\nADD http://h/x /y', ['a.tar']],
  ['RUN --mount=type=bind,source=src,target=/s make', ['src']],
  ['COPY --from=first a /b', 'error'],
  ['COPY . /', undefined],
  ['COPY a /\nCOPY ./ /b/', undefined],
  ['COPY * /d/', undefined],
  ['COPY **/x /d/', undefined],
  ['COPY [ab] /d/', undefined],
  ['COPY a/**/x a/[b] b/*/c /d/', ['a', 'b']],
  ['RUN --mount=target=/s make', undefined],
  ['COPY <<X /x\ntext\nX', []],
] as const)
  test(`what a build reads of its context: ${JSON.stringify(text)}`, async () => {
    if (paths === 'error') await assert.rejects(needed(text), /circular/);
    else assert.deepEqual(await needed(text), paths);
  });

test('of a context that has a name only what is read of it', async () => {
  const request = { buildArgs: {}, labels: {}, network: 'default', extraHosts: [] };
  const directory = { kind: 'directory', path: '/', ignore: [] } as const;
  const plan = await makePlan(
    parseDockerfile(
      'Dockerfile',
      'FROM scratch\nCOPY own /\nCOPY --from=one a b/*.c /d/\nCOPY --from=all . /\n',
    ),
    { ...request, contexts: { one: directory, all: directory, unread: directory } },
    { resolveImage: async () => assert.fail('no image is needed') },
  );
  assert.deepEqual(neededPaths(plan), ['own']);
  assert.deepEqual(neededPaths(plan, 'one'), ['a', 'b/*.c']);
  assert.equal(neededPaths(plan, 'all'), undefined);
  assert.deepEqual(neededPaths(plan, 'unread'), []);
});

test('stages that are not needed need nothing', async () => {
  assert.deepEqual(await needed('COPY a /\nFROM scratch\nCOPY b /'), ['b']);
  assert.deepEqual(await needed('COPY a /\nFROM scratch\nCOPY --from=first /a /\nCOPY b /'), ['a', 'b']);
  assert.deepEqual(await needed('COPY a /\nFROM scratch\nCOPY b /', 'first'), ['a']);
});
