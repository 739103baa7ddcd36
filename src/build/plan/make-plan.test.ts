import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from '../../image/types.ts';
import { digestOf } from '../../oci/digest.ts';
import type { ImageRunConfig } from '../../oci/image-config.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { makePlan } from './make-plan.ts';
import type { BuildPlan, ExecOp, FileOp, PlanRequest } from './types.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function image(name: string, config: ImageRunConfig = {}): Image {
  const layer = digestOf(`layer of ${name}`);
  return {
    id: digestOf(name),
    config: {
      os: 'linux',
      architecture: 'amd64',
      config: { Env: [PATH], Cmd: ['sh'], ...config },
      rootfs: { type: 'layers', diff_ids: [layer] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: `makes ${name}` }],
    },
    size: 1,
    createdAt: new Date(0),
    tags: [],
    digests: [],
  };
}

const images: Readonly<Record<string, ImageRunConfig>> = {
  base: {},
  other: {},
  triggered: { OnBuild: ['COPY . /app', 'RUN make'] },
  chained: { OnBuild: ['COPY --from=late /a /b'] },
  broken: { OnBuild: ['FROM x'] },
};

async function plan(
  text: string,
  request: Partial<PlanRequest> = {},
): Promise<BuildPlan & { pulled: string[] }> {
  const pulled: string[] = [];
  const result = await makePlan(
    parseDockerfile('Dockerfile', text),
    { buildArgs: {}, labels: {}, network: 'default', extraHosts: [], ...request },
    {
      async resolveImage({ name }) {
        pulled.push(name);
        const config = images[name];
        if (!config) throw new Error(`no image ${name}`);
        return image(name, config);
      },
    },
  );
  return { ...result, pulled };
}

const configOf = async (text: string, request: Partial<PlanRequest> = {}): Promise<ImageRunConfig> =>
  (await plan(`FROM base\n${text}`, request)).target.config;
const historyOf = async (text: string, request: Partial<PlanRequest> = {}): Promise<string[]> =>
  (await plan(`FROM base\n${text}`, request)).target.history.map(({ createdBy }) => createdBy);

async function opsOf(text: string, request: Partial<PlanRequest> = {}): Promise<(ExecOp | FileOp)[]> {
  const { target } = await plan(text, request);
  return target.sequence.flatMap(({ vertex }) => (vertex && vertex.op.kind !== 'image' ? [vertex.op] : []));
}

async function execOf(text: string, request: Partial<PlanRequest> = {}): Promise<ExecOp> {
  const op = (await opsOf(text, request)).findLast(({ kind }) => kind === 'exec');
  assert.ok(op?.kind === 'exec');
  return op;
}

async function copyOf(line: string, workdir = '/w') {
  const op = (await opsOf(`FROM base\nWORKDIR ${workdir}\n${line}`)).at(-1);
  assert.ok(op?.kind === 'file');
  return op;
}

const configs: readonly [text: string, expected: Partial<ImageRunConfig>][] = [
  ['ENV a=1 b="2 3"\nENV a=$a$b', { Env: [PATH, 'a=12 3', 'b=2 3'] }],
  ['ENV a=1\nENV a=2 b=$a', { Env: [PATH, 'a=2', 'b=1'] }],
  ['LABEL a=1 "b c"=$PATH', { Labels: { a: '1', 'b c': PATH.slice(5) } }],
  ['CMD echo $x', { Cmd: ['/bin/sh', '-c', 'echo $x'], ArgsEscaped: true }],
  ['CMD ["a", "b"]', { Cmd: ['a', 'b'] }],
  ['ENTRYPOINT ["a"]', { Entrypoint: ['a'], Cmd: null }],
  ['CMD ["c"]\nENTRYPOINT ["a"]', { Entrypoint: ['a'], Cmd: ['c'] }],
  ['SHELL ["/bin/bash", "-ec"]\nENTRYPOINT a', { Entrypoint: ['/bin/bash', '-ec', 'a'] }],
  [
    'EXPOSE 81:82 127.0.0.1::83/udp 1-2:84 ::1:85:85 [::1]:86:86 ::::87/',
    { ExposedPorts: { '82/tcp': {}, '83/udp': {}, '84/tcp': {}, '85/tcp': {}, '86/tcp': {}, '87/tcp': {} } },
  ],
  [
    'EXPOSE 80 53/UDP 8000-8001\nARG p=99\nEXPOSE $p',
    {
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {}, '99/tcp': {} },
    },
  ],
  ['VOLUME /a $PATH\nVOLUME ["/b"]', { Volumes: { '/a': {}, [PATH.slice(5)]: {}, '/b': {} } }],
  ['WORKDIR /a\nWORKDIR b\nWORKDIR ../c', { WorkingDir: '/a/c' }],
  ['USER a:b', { User: 'a:b' }],
  ['STOPSIGNAL SIGRTMIN+3', { StopSignal: 'SIGRTMIN+3' }],
  ['HEALTHCHECK --interval=5s CMD a b', { Healthcheck: { Test: ['CMD-SHELL', 'a b'], Interval: 5e9 } }],
  ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
  ['ONBUILD RUN $x\nONBUILD ADD a b', { OnBuild: ['RUN $x', 'ADD a b'] }],
  ['ARG a=1\nENV a=2\nENV b=$a', { Env: [PATH, 'a=2', 'b=2'] }],
];

for (const [text, expected] of configs)
  test(`config of ${JSON.stringify(text)}`, async () => {
    const config = await configOf(text);
    assert.deepEqual(Object.fromEntries(Object.entries(config).filter(([key]) => key in expected)), expected);
  });

const histories: readonly [text: string, ...expected: string[]][] = [
  ['RUN a', 'RUN /bin/sh -c a # buildkit'],
  ['RUN ["a", "b"]', 'RUN a b # buildkit'],
  [
    'ARG V=1\nARG U=2\nARG V=3\nRUN a',
    'ARG V=1',
    'ARG U=2',
    'ARG V=3',
    'RUN |2 V=3 U=2 /bin/sh -c a # buildkit',
  ],
  ['ARG V=1\nARG U\nRUN a', 'ARG V=1', 'ARG U', 'RUN |2 V=1 U= /bin/sh -c a # buildkit'],
  ['RUN <<E\na\nb\nE', 'RUN /bin/sh -c a\nb\n # buildkit'],
  ['RUN cat <<E >f\na\nE', 'RUN /bin/sh -c cat <<E >f\na\nE # buildkit'],
  ['COPY --chown=1:2 --chmod=640 a b /d/', 'COPY --chown=1:2 --chmod=640 a b /d/ # buildkit'],
  ['COPY <<E /f\nx\nE', 'COPY <<E /f # buildkit'],
  ['ADD a .', 'ADD a . # buildkit'],
  ['WORKDIR a', 'WORKDIR /a'],
  ['ENV a=1 b="2 3"', 'ENV a=1 b=2 3'],
  ['LABEL a=b', 'LABEL a=b'],
  ['CMD x "y"', 'CMD ["/bin/sh" "-c" "x \\"y\\""]'],
  ['ENTRYPOINT []', 'ENTRYPOINT []'],
  ['EXPOSE 80 53/udp', 'EXPOSE [53/udp 80/tcp]'],
  ['VOLUME /a /b', 'VOLUME [/a /b]'],
  [
    'HEALTHCHECK --interval=90s --retries=2 CMD x',
    `HEALTHCHECK &{["CMD-SHELL" "x"] "1m30s" "0s" "0s" "0s" '\\x02'}`,
  ],
  ['SHELL ["a", "-c"]', 'SHELL [a -c]'],
  ['MAINTAINER me', 'MAINTAINER me'],
  ['STOPSIGNAL 9', 'STOPSIGNAL 9'],
];

for (const [text, ...expected] of histories)
  test(`history of ${JSON.stringify(text)}`, async () => assert.deepEqual(await historyOf(text), expected));

const failures: readonly [text: string, message: string][] = [
  ['RUN a\nFROM b', '1:1: no build stage in current context'],
  ['ARG a', '1:1: dockerfile contains no stages to build'],
  ['FROM $nothing', '1:6: base name ($nothing) should not be blank'],
  ['FROM base\nENV a=${x:?missing}', '2:7: failed to process "${x:?missing}": x: missing'],
  [
    "FROM base\nENV a='b",
    `2:7: failed to process "'b": unexpected end of statement while looking for matching single-quote`,
  ],
  ['FROM base\nCOPY --from=7 a b', '2:6: invalid stage index 7'],
  ['FROM base AS x\nCOPY --from=x a b', '2:6: circular dependency detected on stage: x'],
  [
    'FROM base AS x\nCOPY --from=y a b\nFROM base AS y\nCOPY --from=x a b',
    '4:6: circular dependency detected on stage: x',
  ],
  [
    'FROM base\nCOPY <<a/b /d/\nx\na/b',
    '2:1: here-document "a/b" can not be a file: its name must be that of the file alone, and its directory belongs to the destination',
  ],
  [
    'FROM base\nCOPY <<.. /d/\nx\n..',
    '2:1: here-document ".." can not be a file: its name must be that of the file alone, and its directory belongs to the destination',
  ],
  ['FROM base\nEXPOSE x', '2:8: invalid containerPort: x'],
  ['FROM base\nEXPOSE 1:y', '2:8: invalid containerPort: y'],
  ['FROM base\nEXPOSE 0.0.0.0:1-2:/tcp', '2:8: invalid port: "0.0.0.0:1-2:/tcp": no port specified'],
  ['FROM base\nEXPOSE localhost:1:1', '2:8: invalid IP address: localhost'],
  ['FROM base\nEXPOSE x:1', '2:8: invalid hostPort: x'],
  ['FROM base\nEXPOSE 1-3:1-2', '2:8: invalid ranges specified for container and host Ports: 1-2 and 1-3'],
  ['FROM base\nCOPY git@host:x.git /', "2:6: source can't be a git ref for COPY"],
  ['FROM base\nADD --checksum=sha256:x a /', '2:5: checksum requires HTTP(S) or Git sources'],
  ['FROM base\nADD --checksum=abcdef1 a b /c/', "2:5: checksum can't be specified for multiple sources"],
  [
    'FROM base\nADD --checksum=abcdef1 https://h/x.git?commit=abcdef2 /',
    '2:24: checksum mismatch "abcdef1" != "abcdef2"',
  ],
  [
    'FROM base\nADD --keep-git-dir https://h/x.git?keep-git-dir=0 /',
    '2:20: inconsistent keep-git-dir configuration',
  ],
  [
    'FROM base AS x\nCOPY --from=y a b\nFROM base AS y\nFROM x',
    '2:6: cannot copy from stage "y", it needs to be defined before current stage "x"',
  ],
  [
    'FROM base AS x\nRUN --mount=from=y,target=/m x\nFROM base AS y\nFROM x',
    '2:5: cannot mount from stage "y" to "/m", stage needs to be defined before current command',
  ],
  ['FROM base\nCOPY --from=0 a b\nFROM base', '2:6: circular dependency detected on stage: stage-0'],
  ['FROM base\nEXPOSE 70000', '2:8: invalid containerPort: 70000'],
  ['FROM base\nEXPOSE 80/x', '2:8: invalid port: "80/x": invalid proto: x'],
  ['FROM base\nSTOPSIGNAL FOO', '2:12: invalid signal: FOO'],
  ['FROM base\nCOPY http://a/b /c', "2:6: source can't be a URL for COPY"],
  ['FROM base\nVOLUME $x', '2:8: VOLUME specified can not be an empty string'],
  ['FROM base\nENV $x=1', '2:5: ENV names can not be blank'],
  ['FROM base\nADD git@github.com:a/b.git#--x /c', '2:5: invalid git ref: "--x"'],
  ['FROM base\nRUN --mount=type=secret b', '2:5: invalid secret mount. one of source, target required'],
  ['FROM base\nRUN --mount=type=secret,id=a,src=b c', "2:5: both source and id can't be set"],
  ['FROM base\nRUN --mount=type=secret,from=base,id=b c', '2:5: secret mount should not have a from'],
  ['FROM base\nRUN --mount=type=ssh,src=a b', '2:5: ssh does not support source'],
  ['FROM base\nRUN --mount=type=cache a', '2:5: invalid mount target "/"'],
  ['FROM base\nENV T=x\nRUN --mount=type=$T,target=/a b', '3:5: unsupported mount type "x"'],
  ['FROM base\nRUN --mount=type=cache,target=/a,sharing=x b', '2:5: unsupported sharing value "x"'],
  [
    'FROM base\nRUN --mount=type=tmpfs,target=/a,sharing=x b',
    '2:5: invalid cache sharing set for tmpfs mount',
  ],
  ['FROM base\nRUN --mount=type=bind,target=/a,uid=1 b', '2:5: uid not allowed for "bind" type mounts'],
  ['FROM base\nRUN --mount=type=bind,target=/a,size=1 b', "2:5: unexpected key 'size' for mount type 'bind'"],
  ['FROM base\nRUN --mount=target=/a,required b', "2:5: unexpected key 'required' for mount type 'bind'"],
  ['FROM base\nRUN --mount=target=/a,ro=x b', '2:5: invalid value for readonly: x'],
  ['FROM base\nRUN --mount=type=cache,target=/a,mode=9 b', '2:5: invalid value 9 for mode'],
  [
    'FROM --platform=a/b/c/d base',
    '1:6: failed to parse platform a/b/c/d: "a/b/c/d": cannot parse platform specifier: invalid argument',
  ],
  [
    'FROM --platform=$BULIDPLATFORM base',
    '1:6: empty platform value from expression $BULIDPLATFORM (did you mean BUILDPLATFORM?)',
  ],
  [
    'ARG MY_ARCH=x\nFROM --platform=linux/$MYARCH base',
    '2:6: failed to parse platform linux/$MYARCH: "" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument (did you mean MY_ARCH?)',
  ],
  ['FROM broken', '1:1: broken has a trigger that is no instruction: FROM x'],
];

for (const [text, message] of failures)
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.rejects(plan(text), { name: 'DockerfileError', message: `Dockerfile:${message}` }));

test('refuses a wrong chmod with its place', async () => {
  await assert.rejects(
    plan('FROM base\nCOPY --chmod=u+z a b'),
    /^DockerfileError: Dockerfile:2:6: invalid chmod parameter/,
  );
});

test('names a target that is nearly right', async () => {
  await assert.rejects(plan('FROM base AS release', { target: 'relaese' }), {
    message: 'Dockerfile:1:1: target stage "relaese" could not be found (did you mean release?)',
  });
});

test('plans only the stages that the target needs, and pulls only their images', async () => {
  const text =
    'FROM base AS a\nRUN a\nFROM other AS b\nRUN b\nFROM nowhere AS c\nFROM scratch\nCOPY --from=a /x /x';
  const { stages, pulled, steps } = await plan(text);
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['a', '3'],
  );
  assert.deepEqual(pulled, ['base']);
  assert.deepEqual(
    steps.map(({ index, name, stage }) => `${index} ${stage} ${name}`),
    ['1 a FROM base AS a', '2 a RUN a', '3 3 FROM scratch', '4 3 COPY --from=a /x /x'],
  );
  assert.deepEqual((await plan(text, { target: 'b' })).pulled, ['other']);
});

test('stages on one another share config, layers, arguments and history', async () => {
  const { target } = await plan('FROM base AS a\nARG V=1\nENV E=2\nRUN a\nFROM a\nRUN echo $V');
  assert.deepEqual(
    target.history.map(({ createdBy }) => createdBy),
    ['ARG V=1', 'ENV E=2', 'RUN |1 V=1 /bin/sh -c a # buildkit', 'RUN |1 V=1 /bin/sh -c echo $V # buildkit'],
  );
  const exec = await execOf('FROM base AS a\nARG V=1\nENV E=2\nFROM a\nRUN b');
  assert.deepEqual(exec.env, [PATH, 'V=1', 'E=2']);
});

test('arguments: given ones win over defaults, global ones must be declared again', async () => {
  const text = 'ARG V=1\nFROM base\nARG V\nARG W=$V\nARG U\nRUN x';
  assert.deepEqual((await execOf(text)).env, [PATH, 'V=1', 'W=1']);
  assert.deepEqual((await execOf(text, { buildArgs: { V: '2', U: 'u' } })).env, [PATH, 'V=2', 'W=2', 'U=u']);
  assert.deepEqual((await execOf('ARG V=1\nFROM base\nRUN x')).env, [PATH]);
  assert.deepEqual((await plan('ARG B=base\nFROM $B')).pulled, ['base']);
  assert.deepEqual((await plan('ARG B=base\nFROM ${B}', { buildArgs: { B: 'other' } })).pulled, ['other']);
  const required = 'ARG B=${B:?"give it"}\nFROM ${B}';
  assert.deepEqual((await plan(required, { buildArgs: { B: 'other' } })).pulled, ['other']);
  await assert.rejects(plan(required), { message: /B: give it$/ });
});

test('platform arguments are there when declared', async () => {
  const text =
    'FROM base\nARG TARGETARCH\nARG TARGETPLATFORM\nENV a=$TARGETARCH b=$TARGETPLATFORM c=$TARGETOS';
  const { target } = await plan(text, { platform: 'linux/arm64' });
  assert.deepEqual(target.config.Env, [PATH, 'a=arm64', 'b=linux/arm64', 'c=']);
});

test('proxy arguments reach RUN and neither image nor history', async () => {
  const request = { buildArgs: { HTTP_PROXY: 'p' } };
  const { target, warnings } = await plan('FROM base\nRUN a', request);
  assert.deepEqual(
    target.history.map(({ createdBy }) => createdBy),
    ['RUN /bin/sh -c a # buildkit'],
  );
  assert.deepEqual(warnings, []);
  const { env, hiddenEnv } = await execOf('FROM base\nRUN a', request);
  assert.deepEqual(env, [PATH]);
  assert.deepEqual(hiddenEnv, ['HTTP_PROXY=p', 'http_proxy=p']);
});

test('warns of arguments that nothing asked for and of variables that are not set', async () => {
  const { warnings } = await plan('FROM base\nENV a=$b', { buildArgs: { X: '1', Y: null } });
  assert.deepEqual(
    warnings.map(({ message, line }) => `${line} ${message}`),
    ["2 Usage of undefined variable '$b'", '1 One or more build-args [X] were not consumed'],
  );
});

test('triggers of the base run right after FROM and are not inherited', async () => {
  const { target, steps } = await plan('FROM triggered\nRUN after');
  assert.deepEqual(
    target.history.map(({ createdBy }) => createdBy),
    ['COPY . /app # buildkit', 'RUN /bin/sh -c make # buildkit', 'RUN /bin/sh -c after # buildkit'],
  );
  assert.equal(target.config.OnBuild, undefined);
  assert.deepEqual(
    steps.map(({ name }) => name),
    ['FROM triggered', 'RUN after', 'ONBUILD COPY . /app', 'ONBUILD RUN make'],
  );
});

test('a trigger may ask for a stage that nothing else needs', async () => {
  const { stages } = await plan('FROM base AS late\nRUN x\nFROM chained');
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['late', '1'],
  );
});

test('what a stage adds to a table is not in the stage below it', async () => {
  const text =
    'FROM base AS a\nENV A=1\nLABEL a=1 __proto__=x\nEXPOSE 1-3 2-4\nVOLUME /a\nFROM a\nENV A=2 B=3\nLABEL b=2\nEXPOSE 9\nVOLUME /b\n';
  const { stages, target } = await plan(text);
  const below = stages.find(({ name }) => name === 'a')?.config;
  const ports = (config: typeof below): string[] => Object.keys(config?.ExposedPorts ?? {});
  assert.deepEqual(ports(below), ['1/tcp', '2/tcp', '3/tcp', '4/tcp']);
  assert.deepEqual(ports(target.config), [...ports(below), '9/tcp']);
  assert.deepEqual(Object.keys(below?.Labels ?? {}), ['a', '__proto__']);
  assert.deepEqual(Object.keys(target.config.Labels ?? {}), ['a', '__proto__', 'b']);
  assert.deepEqual(Object.keys(below?.Volumes ?? {}), ['/a']);
  assert.deepEqual(
    below?.Env?.filter((entry) => /^[AB]=/.test(entry)),
    ['A=1'],
  );
  assert.deepEqual(
    target.config.Env?.filter((entry) => /^[AB]=/.test(entry)),
    ['A=2', 'B=3'],
  );
});

test('labels of the request go into the target', async () => {
  assert.deepEqual((await configOf('LABEL a=1 b=2', { labels: { b: '3' } })).Labels, { a: '1', b: '3' });
});

test('COPY: destinations are absolute and keep what says that they are directories', async () => {
  const destinations: readonly (readonly [string, string])[] = [
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['a', '/w/a'],
    ['.', '/w/'],
    ['./', '/w/'],
    ['a/.', '/w/a/'],
    ['../x', '/x'],
    ['/', '/'],
  ];
  for (const [written, expected] of destinations) {
    const { actions } = await copyOf(`COPY f ${written}`);
    assert.equal(actions[0]?.kind === 'copy' && actions[0].destination, expected, written);
  }
});

test('ADD unpacks local sources, COPY does not', async () => {
  const [add, copy] = [await copyOf('ADD f /'), await copyOf('COPY f /')];
  assert.equal(add.actions[0]?.kind === 'copy' && add.actions[0].unpack, true);
  assert.equal(copy.actions[0]?.kind === 'copy' && copy.actions[0].unpack, false);
});

test('heredocs: variables are replaced unless quoted', async () => {
  const { actions } = await copyOf('COPY <<A <<"B" /d/\n$PATH\nA\n$PATH\nB');
  assert.deepEqual(
    actions.map(
      (action) => action.kind === 'copy' && action.source.kind === 'inline' && action.source.content,
    ),
    [`${PATH.slice(5)}\n`, '$PATH\n'],
  );
});

test('heredocs: a name that leads out of its directory is that of a file in it', async () => {
  const { actions } = await copyOf('COPY <<../../a <</b /d/\nx\n../../a\ny\n/b');
  assert.deepEqual(
    actions.map((action) => action.kind === 'copy' && 'name' in action.source && action.source.name),
    ['a', 'b'],
  );
});

test('RUN: a heredoc with an interpreter is mounted and run', async () => {
  const { args, script } = await execOf('FROM base\nRUN <<E\n#!/bin/awk -f\nBEGIN {}\nE');
  assert.deepEqual(script, { path: '/dev/pipes/E', content: '#!/bin/awk -f\nBEGIN {}\n' });
  assert.deepEqual(args, ['/bin/sh', '-c', '/dev/pipes/E']);
});

test('RUN: mounts refer to inputs and have their variables replaced', async () => {
  const text =
    'FROM base AS a\nFROM base\nENV d=/cache\nWORKDIR /w\nRUN --mount=type=cache,target=$d,id=x,uid=5 --mount=from=a,target=m,source=/s true';
  assert.deepEqual((await execOf(text)).mounts, [
    {
      type: 'cache',
      target: '/cache',
      id: 'x',
      source: '/',
      sharing: 'shared',
      readOnly: false,
      mode: 0o755,
      uid: 5,
      gid: 0,
    },
    { type: 'bind', target: '/w/m', source: '/s', readOnly: true, input: 0 },
  ]);
});

test('RUN: mounts take options that mean nothing to their type, variables anywhere, and no target', async () => {
  const head = 'FROM base\nENV T=Tmpfs S=Locked R=true\nWORKDIR /w\n';
  const mounts = async (text: string) => (await execOf(`${head}RUN --mount=${text} x`)).mounts;
  assert.deepEqual(await mounts('type=$T,target=/t,id=a,source=b,ro=$R'), [
    { type: 'tmpfs', target: '/t', readOnly: true },
  ]);
  assert.deepEqual(await mounts('type=bind,ro,rw'), [
    { type: 'bind', target: '/w', source: '/', readOnly: false },
  ]);
  const owner = { mode: 0o755, uid: 0, gid: 0 };
  assert.deepEqual(await mounts('type=CACHE,target=a//b/,sharing=$S'), [
    {
      type: 'cache',
      target: '/w/a/b',
      id: 'a/b',
      source: '/',
      sharing: 'locked',
      readOnly: false,
      ...owner,
    },
  ]);
  assert.deepEqual(await mounts('type=secret,src=a/b,ro'), [
    { type: 'secret', id: 'a/b', target: '/run/secrets/b', required: false, ...owner, mode: 0o400 },
  ]);
});

test('a scratch image starts with a path and a working directory', async () => {
  const { target } = await plan('FROM scratch\nENV a=1');
  assert.deepEqual(target.config, { Env: [PATH, 'a=1'], WorkingDir: '/' });
  assert.equal(target.result, undefined);
});
