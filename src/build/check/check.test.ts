import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Images } from '../../image/types.ts';
import type { BuildRequest } from '../types.ts';
import { DockerfileError } from '../parse/dockerfile-error.ts';
import { checkBuild } from './check-build.ts';
import { describeBuild } from './describe-build.ts';
import { usedContexts } from './used-contexts.ts';

const noImages = { find: () => undefined } as unknown as Images;

const requestFor = (text: string, more: Partial<BuildRequest> = {}): BuildRequest => ({
  contextDir: '',
  dockerfile: { text, ignore: ['*.log'] },
  tags: [],
  buildArgs: {},
  labels: {},
  noCache: false,
  pull: false,
  network: 'default',
  extraHosts: [],
  cacheFrom: [],
  credentials: async () => undefined,
  ...more,
});

async function findings(text: string): Promise<string[]> {
  const { warnings, error } = await checkBuild(noImages, requestFor(text));
  assert.equal(error, undefined);
  return warnings.map(({ rule, line }) => `${rule} ${line}`);
}

const cases: readonly [text: string, ...found: string[]][] = [
  ['FROM a\nRUN x\nCMD ["a"]'],
  ['FROM a AS Base', 'StageNameCasing 1'],
  ['FROM a as base', 'FromAsCasing 1'],
  ['from a AS base', 'FromAsCasing 1'],
  ['FROM a\nRUN x \\\n\n y', 'NoEmptyContinuation 4'],
  ['FROM a\nrun x\nRUN y', 'ConsistentInstructionCasing 2'],
  ['FROM a\nRuN x', 'ConsistentInstructionCasing 2'],
  ['FROM a AS x\nFROM b AS x', 'DuplicateStageName 2'],
  ['FROM a AS scratch', 'ReservedStageName 1'],
  ['ARG V\nFROM a:$V', 'InvalidDefaultArgInFrom 2'],
  ['ARG V=1\nFROM a:$V'],
  ['FROM a\nEXPOSE 80/tcp 127.0.0.1:81:82', 'ExposeInvalidFormat 2'],
  ['FROM a\nENV P=1:2/TCP\nEXPOSE $P :80', 'ExposeProtoCasing 3', 'ExposeInvalidFormat 3'],
  ['FROM a\nCMD echo hi', 'JSONArgsRecommended 2'],
  ['FROM a\nSHELL ["/bin/bash", "-c"]\nCMD echo hi'],
  ['FROM a\nMAINTAINER me', 'MaintainerDeprecated 2'],
  ['ARG TAG=1\nFROM a$TGA', 'UndefinedArgInFrom 2'],
  ['FROM a\nRUN x\nLABEL l=$NOPE', 'UndefinedVar 3'],
  ['FROM a\nWORKDIR b', 'WorkdirRelativePath 2'],
  ['FROM a\nWORKDIR /b\nWORKDIR c'],
  ['FROM a\nCMD ["a"]\nCMD ["b"]', 'MultipleInstructionsDisallowed 2'],
  ['FROM a\nENV A b', 'LegacyKeyValueFormat 2'],
  ['FROM --platform=$TARGETPLATFORM a', 'RedundantTargetPlatform 1'],
  ['FROM a\nARG DB_PASSWORD\nENV GITHUB_TOKEN=x', 'SecretsUsedInArgOrEnv 2', 'SecretsUsedInArgOrEnv 3'],
  ['FROM a\nENV PASSWORD_FILE=/x\nENV KEYBOARD=x'],
  ['ARG TAG\nFROM a:${TAG:-1}'],
  ['FROM --platform=linux/arm64 a', 'FromPlatformFlagConstDisallowed 1'],
  ['FROM --platform=linux/arm64 a AS build-arm64'],
  ['FROM a\nCOPY x.log /', 'CopyIgnoredFile 2'],
  ['# x\nFROM a\nEXPOSE 80/TCP', 'ExposeProtoCasing 3'],
  ['# check=skip=JSONArgsRecommended\nFROM a\nCMD x'],
  ['# check=skip=all\nFROM a\nCMD x\nMAINTAINER me'],
  ['FROM a\n# check=skip=JSONArgsRecommended\nCMD x'],
  ['FROM a\n# check=skip=all // for now\n# why\nMAINTAINER me\nCMD x', 'JSONArgsRecommended 5'],
  ['FROM a\n# check=skip=all\n\nCMD x'],
  ['FROM a\n# check=skip=all\n#\nCMD x', 'JSONArgsRecommended 4'],
  ['#!/usr/bin/env build\n# check=skip=all\nFROM a\nCMD x'],
  ['FROM a\nARG F\nCOPY x${F} /'],
  ['FROM a${T:-1}\nCOPY ${F:-f} /', 'UndefinedArgInFrom 1', 'UndefinedVar 2'],
  ['FROM a\n# check=skip=Other\nCMD x', 'JSONArgsRecommended 3'],
  ['FROM a\n# check=nonsense\nCMD x', 'JSONArgsRecommended 3'],
  ['FROM a\nRUN a && \\\n # check=skip=all\n b\nCMD x', 'JSONArgsRecommended 5'],
  ['# a\n# check=experimental=all\nFROM a AS b', 'InvalidDefinitionDescription 3'],
  ['# check=experimental=all\n# something\nFROM a AS b', 'InvalidDefinitionDescription 3'],
  ['# check=experimental=all\n# b is good\nFROM a AS b'],
];
for (const [text, ...found] of cases)
  test(`${JSON.stringify(text)}: ${found.join(', ') || 'nothing'}`, async () =>
    assert.deepEqual(await findings(text), found));

test('a Dockerfile may want no findings', async () => {
  const { warnings, error } = await checkBuild(noImages, requestFor('# check=error=true\nFROM a\nCMD x'));
  assert.equal(error?.message, 'lint violation found for rules: JSONArgsRecommended');
  assert.deepEqual(
    warnings.map(({ rule }) => rule),
    ['JSONArgsRecommended'],
  );
});

test('an error is told with its place', async () => {
  const { error } = await checkBuild(noImages, requestFor('FROM a\nRUNN x'));
  assert.ok(error instanceof DockerfileError);
  assert.equal(error.position.line, 2);
});

test('what was found before an error is told with it', async () => {
  for (const [text, ...expected] of [
    ['FROM a AS B\nrun x\nMAINTAINER me\nRUNN x\nMAINTAINER me', 'StageNameCasing', 'MaintainerDeprecated'],
    ['FROM --platform=$BULIDPLATFORM a', 'UndefinedArgInFrom'],
    ['FROM a\nLABEL x=$NOPE\nEXPOSE x', 'UndefinedVar'],
  ] as const) {
    const { warnings, error } = await checkBuild(noImages, requestFor(text));
    assert.ok(error);
    assert.deepEqual(
      warnings.map(({ rule }) => rule),
      expected,
    );
  }
});

test('without a target all stages are checked', async () => {
  const text = 'FROM a AS x\nLABEL x=$ONE\nFROM a AS y\nLABEL x=$TWO';
  const lines = async (target?: string) =>
    (await checkBuild(noImages, requestFor(text, target ? { target } : {}))).warnings.map(({ line }) => line);
  assert.deepEqual(await lines(), [2, 4]);
  assert.deepEqual(await lines('x'), [2]);
});

test('SOURCE_DATE_EPOCH is what was given, else the global argument, and may be the name of a stage', () => {
  const stage = 'ARG HOST=h\nFROM scratch AS src\nARG HOST\nADD https://$HOST/f /\n';
  const of = (text: string, epoch?: string): ReturnType<typeof describeBuild> =>
    describeBuild(requestFor(text, { buildArgs: epoch === undefined ? {} : { SOURCE_DATE_EPOCH: epoch } }));
  assert.equal(of('FROM a\nARG SOURCE_DATE_EPOCH=5').epoch, undefined);
  assert.equal(of('ARG SOURCE_DATE_EPOCH=5\nFROM a').epoch, '5');
  assert.equal(of('ARG SOURCE_DATE_EPOCH=5\nFROM a', '6').epoch, '6');
  assert.equal(of('ARG SOURCE_DATE_EPOCH=5\nFROM a').epochSource(), undefined);
  assert.equal(of(`${stage}FROM a`, 'SRC').epochSource(), 'https://h/f');
  assert.equal(
    of('FROM scratch AS s\nADD https://h/x.git#main /\nFROM a', 's').epochSource(),
    'https://h/x.git#main',
  );
  for (const [text, message] of [
    ['FROM a', 'invalid SOURCE_DATE_EPOCH: src'],
    ['FROM a AS src', 'Dockerfile:1:1: SOURCE_DATE_EPOCH stage must use FROM scratch'],
    ['FROM scratch AS src', 'Dockerfile:1:1: SOURCE_DATE_EPOCH stage must contain exactly one remote ADD'],
    [
      `${stage}ADD https://h/g /`,
      'Dockerfile:2:1: SOURCE_DATE_EPOCH stage must contain exactly one remote ADD',
    ],
    [
      `${stage}COPY x /`,
      'Dockerfile:2:1: SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported COPY instruction',
    ],
    [
      'FROM scratch AS src\nADD x /',
      'Dockerfile:1:1: SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD',
    ],
  ] as const)
    assert.throws(() => of(text, 'src').epochSource(), { message });
});

test('named contexts that nobody reads are known, unless a base may have triggers', () => {
  const images = {
    find: (name: string) =>
      name === 'none'
        ? undefined
        : { config: { config: { OnBuild: name === 'triggers' ? ['COPY --from=x a b'] : [] } } },
  } as never;
  const used = (text: string, target?: string): string[] | undefined => {
    const found = usedContexts(images, requestFor(text, target === undefined ? {} : { target }), [
      'x',
      'y',
      'docker.io/library/z',
    ]);
    return found && [...found];
  };
  assert.deepEqual(used('FROM a\nCOPY --from=X f /'), ['x']);
  assert.deepEqual(used('FROM a\nRUN --mount=type=bind,from=y,target=/y true\nCOPY --from=z f /'), [
    'y',
    'docker.io/library/z',
  ]);
  assert.deepEqual(used('FROM a\nRUN true'), []);
  assert.deepEqual(used('FROM a AS s\nCOPY --from=x f /\nFROM a\nRUN true'), []);
  assert.deepEqual(used('FROM a AS s\nCOPY --from=x f /\nFROM a\nRUN true', 's'), ['x']);
  for (const text of ['FROM none', 'FROM triggers', 'FROM x', 'FROM a\nRUNN'])
    assert.equal(used(text), undefined, text);
});

test('a Dockerfile describes itself', () => {
  const text = [
    '# VERSION of the base',
    'ARG VERSION=1',
    '# app is what runs',
    'FROM base:$VERSION AS app',
    'RUN --mount=type=secret,id=key,required=true --mount=type=ssh --mount=type=cache,target=/c x',
    'FROM app',
  ].join('\n');
  const { targets, parameters } = describeBuild(requestFor(text, { target: 'app' }));
  const { args, mounts } = parameters();
  assert.deepEqual(
    targets.map(({ name, isDefault, isTarget, base, description }) => [
      name,
      isDefault,
      isTarget,
      base,
      description,
    ]),
    [
      ['app', false, true, 'base:1', 'is what runs'],
      ['', true, false, 'app', ''],
    ],
  );
  assert.deepEqual(args, [{ name: 'VERSION', value: '1', description: 'of the base', line: 2, endLine: 2 }]);
  assert.deepEqual(
    mounts.map(({ type, name, required }) => [type, name, required]),
    [
      ['secret', 'key', true],
      ['ssh', 'default', false],
      ['cache', '/c', false],
    ],
  );
});

test('what stages take is told with its values: what is used, by its last definition', () => {
  const text = [
    'ARG A=a',
    'ARG B=b',
    'ARG UNUSED=$B',
    'ARG T=1',
    'ARG T=$T$A',
    'FROM x:$T AS base',
    'ARG C=${A}c${D:-d}',
    'RUN --mount=type=secret,target=/run/$C,required true',
    'FROM y AS other',
    'ARG NO',
    'FROM base',
    'ENV D=2',
    'ARG C=$D',
    'ARG B',
    'RUN --mount=type=ssh,id=k$C --mount=type=secret,source=s/$D x',
  ].join('\n');
  const { args, mounts } = describeBuild(requestFor(text)).parameters();
  assert.deepEqual(
    args.map(({ name, value, line }) => `${line} ${name}=${value}`),
    ['1 A=a', '2 B=b', '5 T=1a', '13 C=2'],
  );
  assert.deepEqual(
    mounts.map(({ type, name, required, line }) => `${line} ${type} ${name} ${required}`),
    ['8 secret cd true', '15 ssh k2 false', '15 secret s/2 false'],
  );
});
