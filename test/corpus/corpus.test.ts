import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packTree } from '../../src/lib/tar/pack-tree.ts';
import { needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { lade } from '../e2e/lade.ts';
import { type CorpusCase, corpusDirectory, readCases } from './cases.ts';
import { writeContext } from './context.ts';
import { deliberate } from './deliberate.ts';
import { send } from './request.ts';
import { type CorpusResult, readImage } from './result.ts';

const only = process.env['ONLY'];
const files = process.env['FILES']?.split(',');

/** Builds each Dockerfile of the corpus and compares with what Docker's own builder made of it: files, config and history. */
describe('the corpus of Dockerfiles', { ...needs('root', 'busybox'), concurrency: 4 }, () => {
  let engine: TestEngine;
  let base: Readonly<Record<string, string>> = {};
  const directory = mkdtempSync('/tmp/lading-corpus-');
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    base = (await readImage((await send(engine.socket, 'GET', '/images/busybox/get')).body)).files;
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  const cases = readCases().filter(
    ({ file, title }) => (!files || files.includes(file)) && (!only || title.includes(only)),
  );
  const recorded = new Map(
    [...new Set(cases.map(({ file }) => file))].map((file) => [file, readRecorded(file)]),
  );
  for (const [number, one] of cases.entries())
    test(`${one.file}: ${one.title}`, async () => {
      const expected = recorded.get(one.file)?.[one.title];
      assert.ok(expected, 'nothing is recorded for it');
      const context = join(directory, String(number));
      await writeContext(context, one);
      const found = isFiltered(one)
        ? await buildDirectory(engine, one, context, base)
        : await build(engine.socket, one, packTree(context), base);
      const wanted = deliberate(`${one.file}: ${one.title}`, expected);
      if ('error' in wanted) assert.ok('error' in found, 'it was built');
      assert.deepEqual(
        'error' in found && 'error' in wanted ? undefined : found,
        'error' in wanted ? undefined : wanted,
      );
    });
});

function readRecorded(file: string): Record<string, CorpusResult> {
  return JSON.parse(readFileSync(join(corpusDirectory, `${file}.json`), 'utf8')) as Record<
    string,
    CorpusResult
  >;
}

/** Archives are taken as they are: who packs them leaves out what is to be ignored. */
const isFiltered = ({ files: given }: CorpusCase): boolean =>
  Object.keys(given).some((name) => name.endsWith('.dockerignore'));

async function buildDirectory(
  engine: TestEngine,
  { flags }: CorpusCase,
  context: string,
  base: Readonly<Record<string, string>>,
): Promise<CorpusResult> {
  const { status, stdout, stderr } = await lade(engine, ['build', '-q', ...flags, context]);
  if (status !== 0) return { error: stderr };
  return readImage((await send(engine.socket, 'GET', `/images/${stdout.trim()}/get`)).body, base);
}

async function build(
  socket: string,
  one: CorpusCase,
  context: Iterable<Uint8Array>,
  base: Readonly<Record<string, string>>,
): Promise<CorpusResult> {
  const { body, status } = await send(socket, 'POST', `/build?${queryOf(one.flags).toString()}`, context);
  const lines = body
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { error?: string; message?: string; aux?: { ID?: string } });
  const failed = lines.find(({ error, message }) => error !== undefined || message !== undefined);
  if (failed || status !== 200) return { error: failed?.error ?? failed?.message ?? String(status) };
  const id = lines.findLast(({ aux }) => aux?.ID !== undefined)?.aux?.ID ?? '';
  return readImage((await send(socket, 'GET', `/images/${id}/get`)).body, base);
}

function queryOf(flags: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  const pairs: Record<string, Record<string, string>> = {};
  const ulimits: object[] = [];
  for (let at = 0; at < flags.length; at += 2) {
    const [flag = '', value = ''] = flags.slice(at, at + 2);
    const [name = '', text = ''] = value.split(/=(.*)/s);
    if (flag === '--build-arg') (pairs['buildargs'] ??= {})[name] = text;
    else if (flag === '--label') (pairs['labels'] ??= {})[name] = text;
    else if (flag === '--add-host') query.append('extrahosts', value);
    else if (flag === '--shm-size') query.set('shmsize', String(Number.parseInt(value, 10) << 20));
    else if (flag === '--ulimit') ulimits.push(ulimitOf(name, text));
    else query.set(flag.slice(2), value);
  }
  for (const [name, values] of Object.entries(pairs)) query.set(name, JSON.stringify(values));
  if (ulimits.length > 0) query.set('ulimits', JSON.stringify(ulimits));
  return query;
}

function ulimitOf(Name: string, text: string): object {
  const [soft = '', hard = soft] = text.split(':');
  return { Name, Soft: Number(soft), Hard: Number(hard) };
}
