import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBuild } from '../../src/build/check/check-build.ts';
import { describeBuild } from '../../src/build/check/describe-build.ts';
import { DockerfileError } from '../../src/build/parse/dockerfile-error.ts';
import type { BuildRequest } from '../../src/build/types.ts';
import type { Images } from '../../src/image/types.ts';
import { readCases } from './cases.ts';

const ROUNDS = 3000;
const noImages = { find: () => undefined } as unknown as Images;
const pieces = [
  '\\', '`', '"', "'", '<<E', '<<-"E"', '[', ']', '{}', '\n', '\n\n', '#', ' ', '\t', '--', '=', '=,',
  ',', '$', '${', '${A:-', '${A:?', '${A#*', '$A', '}', '\r\n', '\0', '\u{1F600}', '\ufeff', '\u2028',
  ':', '@', '..', '/', '--from=', '--from=0', '--mount=type=', '--chmod=u=', '--platform=', ' AS ',
  'ONBUILD ', 'FROM ', 'ARG ', '# escape=`\n', '99999999999999999999', '-1', '1e9', 'scratch',
  'HEALTHCHECK --interval=', 'https://host/x.git#', '*[', '**/',
]; // prettier-ignore
const seeds = readCases().map(({ dockerfile }) => dockerfile);
const lines = seeds.flatMap((seed) => seed.split('\n'));

/** The same numbers each time. */
let state = 11;
const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
const pick = (from: readonly string[]): string => from[random(from.length)] ?? '';

/** Some edits: pieces of other Dockerfiles and of the language come in, parts go, lines change places. */
function mutate(seed: string): string {
  let text = seed;
  for (let count = random(6); count >= 0; count -= 1) {
    const at = random(text.length + 1);
    const rows = text.split('\n');
    const row = random(rows.length);
    switch (random(6)) {
      case 0:
        text = text.slice(0, at) + pick(pieces) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + 1 + random(8));
        break;
      case 2:
        text = rows.toSpliced(row, random(2), pick(lines)).join('\n');
        break;
      case 3:
        text = rows.toSpliced(row, 1).join('\n');
        break;
      case 4:
        text = [...rows.slice(row), ...rows.slice(0, row)].join('\n');
        break;
      default:
        text = text.slice(0, at) + pick(lines).slice(random(10)) + text.slice(at);
    }
  }
  return text;
}

const requestFor = (text: string): BuildRequest => ({
  contextDir: '',
  dockerfile: { text, ignore: [] },
  tags: [],
  buildArgs: { A: 'given' },
  labels: {},
  noCache: false,
  pull: false,
  network: 'default',
  extraHosts: [],
  cacheFrom: [],
  credentials: async () => undefined,
});

test(`${ROUNDS} mutated Dockerfiles are planned, or refused with their place`, async () => {
  let refused = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = mutate(pick(seeds));
    const request = requestFor(text);
    const told = `round ${round}: ${JSON.stringify(text)}`;
    const { error } = await checkBuild(noImages, request).catch((thrown: unknown) =>
      assert.fail(`${told}: ${String((thrown as Error).stack)}`),
    );
    try {
      describeBuild(request);
    } catch (thrown) {
      assert.ok(thrown instanceof DockerfileError, `${told}: ${String((thrown as Error).stack)}`);
    }
    if (!error) continue;
    refused += 1;
    assert.match(error.message, /^Dockerfile:\d+:\d+: ./, told);
    assert.ok(error instanceof DockerfileError, told);
    const { line } = error.position;
    assert.ok(line >= 1 && line <= text.split('\n').length + 1, `${told}: ${error.message}`);
  }
  assert.ok(refused > ROUNDS / 10 && refused < (ROUNDS * 9) / 10, `${refused} were refused`);
});
