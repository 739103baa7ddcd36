import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { toInstructions } from './to-instruction.ts';

const read = (text: string) => toInstructions(parseDockerfile('Dockerfile', text));

/** The instruction without places, words as their text. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries(value);
  if (typeof value !== 'object' || value === null) return value;
  const {
    position,
    endLine: _end,
    original: _original,
    comments: _comments,
    ...rest
  } = value as Record<string, unknown>;
  if (position !== undefined && Object.keys(rest).length === 1 && 'text' in rest) return rest['text'];
  return Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, plain(item)]));
}

const shell = (line: string) => ({ form: 'shell', line });
const exec = (...args: string[]) => ({ form: 'exec', args });
const run = { kind: 'RUN', heredocs: [], mounts: [], network: 'default', security: 'sandbox' };
const copy = { kind: 'COPY', inline: [], exclude: [], link: false, parents: false };
const health = { kind: 'HEALTHCHECK', interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 };

const good: readonly [text: string, expected: object][] = [
  ['FROM a', { kind: 'FROM', base: 'a' }],
  [
    'FROM --platform=$P a:1@sha256:x as Build',
    { kind: 'FROM', base: 'a:1@sha256:x', platform: '$P', name: 'build' },
  ],
  ['FROM --platform= a', { kind: 'FROM', base: 'a' }],
  ['COPY --from= --chown= --chmod= a b', { ...copy, sources: ['a'], destination: 'b' }],
  ['HEALTHCHECK --interval= --retries= CMD a', { ...health, test: shell('a') }],
  ['RUN a b', { ...run, command: shell('a b') }],
  ['RUN ["a", "b c"]', { ...run, command: exec('a', 'b c') }],
  ['RUN ["a]', { ...run, command: shell('["a]') }],
  ["RUN ['a']", { ...run, command: shell("['a']") }],
  ['RUN [ -f a ] && b', { ...run, command: shell('[ -f a ] && b') }],
  ['RUN ["a"] && b', { ...run, command: shell('["a"] && b') }],
  ['RUN --network=none a', { ...run, network: 'none', command: shell('a') }],
  ['RUN --security=insecure a', { ...run, security: 'insecure', command: { form: 'shell', line: 'a' } }],
  [
    'RUN --mount=type=cache,dst=/c,sharing=locked a',
    {
      ...run,
      command: shell('a'),
      mounts: [{ type: 'cache', options: { type: 'cache', target: '/c', sharing: 'locked' } }],
    },
  ],
  [
    'RUN --mount=src=a,target=/b,rw a',
    {
      ...run,
      command: shell('a'),
      mounts: [{ type: 'bind', options: { source: 'a', target: '/b', readwrite: 'true' } }],
    },
  ],
  [
    'RUN --mount=type=secret,id=x a',
    {
      ...run,
      command: shell('a'),
      mounts: [{ type: 'secret', options: { type: 'secret', id: 'x' } }],
    },
  ],
  ['CMD a', { kind: 'CMD', command: shell('a') }],
  ['CMD []', { kind: 'CMD', command: exec() }],
  ['CMD', { kind: 'CMD', command: shell('') }],
  ['ENTRYPOINT ["a"]', { kind: 'ENTRYPOINT', command: exec('a') }],
  [
    'ENV a=b c="d e" f=g\\ h',
    {
      kind: 'ENV',
      legacy: false,
      pairs: [
        { key: 'a', value: 'b' },
        { key: 'c', value: '"d e"' },
        { key: 'f', value: 'g\\ h' },
      ],
    },
  ],
  ['ENV a  b c', { kind: 'ENV', legacy: true, pairs: [{ key: 'a', value: 'b c' }] }],
  ['ENV a=', { kind: 'ENV', legacy: false, pairs: [{ key: 'a', value: '' }] }],
  ['LABEL "a b"=c', { kind: 'LABEL', legacy: false, pairs: [{ key: '"a b"', value: 'c' }] }],
  ['ARG a b=c', { kind: 'ARG', args: [{ key: 'a' }, { key: 'b', value: 'c' }] }],
  ['ARG a=', { kind: 'ARG', args: [{ key: 'a', value: '' }] }],
  ['EXPOSE 80 $P/udp', { kind: 'EXPOSE', words: ['80', '$P/udp'] }],
  ['VOLUME /a /b', { kind: 'VOLUME', words: ['/a', '/b'] }],
  ['VOLUME ["/a b"]', { kind: 'VOLUME', words: ['/a b'] }],
  ['USER a:b', { kind: 'USER', value: 'a:b' }],
  ['WORKDIR /a b', { kind: 'WORKDIR', value: '/a b' }],
  ['STOPSIGNAL SIGINT', { kind: 'STOPSIGNAL', value: 'SIGINT' }],
  ['MAINTAINER a <b>', { kind: 'MAINTAINER', value: 'a <b>' }],
  ['SHELL ["a", "-c"]', { kind: 'SHELL', shell: ['a', '-c'] }],
  ['COPY a b /c/', { ...copy, sources: ['a', 'b'], destination: '/c/' }],
  ['COPY ["a b", "/c"]', { ...copy, sources: ['a b'], destination: '/c' }],
  [
    'COPY --from=0 --chown=a:b --chmod=755 --link a b',
    {
      ...copy,
      sources: ['a'],
      destination: 'b',
      from: '0',
      chown: 'a:b',
      chmod: '755',
      link: true,
    },
  ],
  [
    'COPY --parents --exclude=*.md --exclude=x a b',
    {
      ...copy,
      sources: ['a'],
      destination: 'b',
      parents: true,
      exclude: ['*.md', 'x'],
    },
  ],
  [
    'COPY <<E a /d/\nx\nE',
    {
      ...copy,
      sources: ['a'],
      destination: '/d/',
      inline: [{ name: 'E', heredoc: { name: 'E', content: 'x\n', expand: true, chomp: false, line: 2 } }],
    },
  ],
  [
    'ADD --checksum=sha256:1 --unpack=false u /d',
    {
      ...copy,
      kind: 'ADD',
      sources: ['u'],
      destination: '/d',
      checksum: 'sha256:1',
      unpack: false,
    },
  ],
  ['HEALTHCHECK NONE', { ...health, test: 'NONE' }],
  ['HEALTHCHECK none', { ...health, test: 'NONE' }],
  [
    'HEALTHCHECK --interval=5s --timeout=1m --start-period=1h --start-interval=1.5s --retries=3 CMD a',
    {
      ...health,
      test: shell('a'),
      interval: 5e9,
      timeout: 60e9,
      startPeriod: 3600e9,
      startInterval: 1.5e9,
      retries: 3,
    },
  ],
  ['HEALTHCHECK CMD ["a", "b"]', { ...health, test: exec('a', 'b') }],
  [
    'ONBUILD copy --from=x a b',
    {
      kind: 'ONBUILD',
      trigger: 'copy --from=x a b',
      instruction: { ...copy, from: 'x', sources: ['a'], destination: 'b' },
    },
  ],
];

for (const [text, expected] of good)
  test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(plain(read(text)[0]), expected));

const bad: readonly [text: string, message: string][] = [
  ['FROM a\nRUNN b', '2:1: unknown instruction: RUNN (did you mean RUN?)'],
  ['FORM a', '1:1: unknown instruction: FORM (did you mean FROM?)'],
  ['XYZZY a', '1:1: unknown instruction: XYZZY'],
  ['entrypoitn a', '1:1: unknown instruction: entrypoitn (did you mean entrypoint?)'],
  ['FROM', '1:1: FROM requires either one or three arguments'],
  ['FROM a b', '1:1: FROM requires either one or three arguments'],
  ['FROM a IS b', '1:1: FROM requires either one or three arguments'],
  [
    'FROM a AS 1b',
    `1:11: invalid name for build stage: "1b", name can't start with a number or contain symbols`,
  ],
  ['FROM --plattform=x a', '1:6: unknown flag: --plattform (did you mean platform?)'],
  ['FROM --platform a', '1:6: missing a value on flag: --platform'],
  ['RUN', '1:1: RUN requires at least one argument'],
  ['RUN []', '1:1: RUN requires at least one argument'],
  ['RUN ["a", 1]', '1:5: when using JSON array syntax, arrays must be comprised of strings only'],
  ['RUN --mount=type=bnd,target=/a b', '1:5: unsupported mount type "bnd" (did you mean bind?)'],
  ['RUN --mount=type=cache,targt=/a b', "1:5: unexpected key 'targt' in 'targt=/a' (did you mean target?)"],
  [
    'RUN --mount=from=$x,target=/a b',
    "1:5: 'from' doesn't support variable expansion, define alias stage instead",
  ],
  ['RUN --network=x a', '1:5: invalid network mode "x": want default, none or host'],
  ['RUN --network=none --network=none a', '1:20: duplicate flag specified: --network'],
  ['RUN --security=foo a', '1:5: security "foo" is not valid'],
  [
    'RUN --device=x a',
    '1:5: RUN --device is not supported by this engine: x (devices of CDI are given to containers only)',
  ],
  [
    'COPY a',
    '1:1: COPY requires at least two arguments, but only one was provided. Destination could not be determined',
  ],
  ['COPY', '1:1: COPY requires at least two arguments'],
  [
    'COPY --from=$x a b',
    '1:6: variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
  ],
  ['COPY --link= a b', '1:6: missing a value on flag: --link'],
  ['COPY --link=maybe a b', '1:6: expecting boolean value for flag --link, not: maybe'],
  ['COPY \\\n --chwon=a b c', '2:2: unknown flag: --chwon (did you mean chown?)'],
  ['ADD --from=a b c', '1:5: unknown flag: --from'],
  ['COPY a <<E\nE', '1:8: COPY cannot accept a heredoc as a destination'],
  ['ENV', '1:1: ENV requires at least one argument'],
  ['ENV a', '1:5: ENV must have two arguments'],
  ['ENV a=b c', `1:9: Syntax error - can't find = in "c". Must be of the form: name=value`],
  ['ENV =b', '1:5: ENV names can not be blank'],
  ['ENV --x a=b', '1:5: unknown flag: --x'],
  ['ARG', '1:1: ARG requires at least one argument'],
  ['ARG =a', '1:5: ARG names can not be blank'],
  ['EXPOSE', '1:1: EXPOSE requires at least one argument'],
  ['VOLUME', '1:1: VOLUME requires at least one argument'],
  ['VOLUME [""]', '1:8: VOLUME specified can not be an empty string'],
  ['USER', '1:1: USER requires exactly one argument'],
  ['WORKDIR', '1:1: WORKDIR requires exactly one argument'],
  ['STOPSIGNAL', '1:1: STOPSIGNAL requires exactly one argument'],
  ['MAINTAINER', '1:1: MAINTAINER requires exactly one argument'],
  ['SHELL a', '1:1: SHELL requires the arguments to be in JSON form'],
  ['SHELL []', '1:1: SHELL requires at least one argument'],
  ['HEALTHCHECK', '1:1: HEALTHCHECK requires at least one argument'],
  ['HEALTHCHECK curl a', '1:13: Unknown type "curl" in HEALTHCHECK (try CMD)'],
  ['HEALTHCHECK CMD', '1:13: Missing command after HEALTHCHECK CMD'],
  ['HEALTHCHECK NONE a', '1:13: HEALTHCHECK NONE takes no arguments'],
  ['HEALTHCHECK --interval=5 CMD a', '1:13: time: missing unit in duration "5"'],
  ['HEALTHCHECK --interval=10us CMD a', '1:13: Interval "interval" cannot be less than 1ms'],
  ['HEALTHCHECK --retries=-1 CMD a', '1:13: --retries cannot be negative (-1)'],
  ['HEALTHCHECK --retries=x CMD a', '1:13: --retries must be a number, not "x"'],
  ['HEALTHCHECK --intervall=1s CMD a', '1:13: unknown flag: --intervall (did you mean interval?)'],
  ['ONBUILD', '1:1: ONBUILD requires at least one argument'],
  ['ONBUILD ONBUILD RUN a', "1:1: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD FROM a', "1:1: FROM isn't allowed as an ONBUILD trigger"],
  [
    'ONBUILD COPY a',
    '1:9: COPY requires at least two arguments, but only one was provided. Destination could not be determined',
  ],
  ['ONBUILD RNU a', '1:9: unknown instruction: RNU (did you mean RUN?)'],
];

for (const [text, message] of bad)
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => read(text), {
      name: 'DockerfileError',
      kind: 'invalid',
      message: `Dockerfile:${message}`,
    }));
