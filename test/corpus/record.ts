/*
 * Has Docker's own builder build the corpus, and writes down what comes of it:
 *   RIVAL_HOST=unix:///… DOCKER_CLI=docker node test/corpus/record.ts [FILE…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import { type CorpusCase, corpusDirectory, readCases } from './cases.ts';
import { writeContext } from './context.ts';
import { send } from './request.ts';
import { type CorpusResult, readImage } from './result.ts';

const host = process.env['RIVAL_HOST'] ?? '';
const docker = process.env['DOCKER_CLI'] ?? 'docker';
const env = { ...process.env, DOCKER_HOST: host };
const directory = mkdtempSync('/tmp/lading-corpus-');
const socket = host.replace('unix://', '');

const save = async (image: string): Promise<Buffer> =>
  (await send(socket, 'GET', `/images/${image}/get`)).body;

async function record(one: CorpusCase, base: Readonly<Record<string, string>>): Promise<CorpusResult> {
  const context = join(directory, 'context');
  await writeContext(context, one);
  const tag = 'lading-corpus:case';
  const args = ['buildx', 'build', '--progress=plain', '-t', tag, ...one.flags, context];
  const { status, stderr } = await exec(docker, args, {
    env,
    okStatus: Array.from({ length: 256 }, (_, code) => code),
  });
  if (status !== 0)
    return { error: /^ERROR: (?:failed to build: )?(.*)$/m.exec(stderr)?.[1] ?? stderr.slice(-300) };
  const result = await readImage(await save(tag), base);
  await exec(docker, ['rmi', tag], { env });
  return result;
}

const wanted = process.argv.slice(2);
const cases = readCases().filter(({ file }) => wanted.length === 0 || wanted.includes(file));
try {
  const base = (await readImage(await save('busybox'))).files;
  for (const [file, members] of Map.groupBy(cases, (one) => one.file)) {
    const results: Record<string, CorpusResult> = {};
    for (const one of members)
      try {
        results[one.title] = await record(one, base);
      } catch (error) {
        throw new Error(`${file}: ${one.title}`, { cause: error });
      }
    writeFileSync(join(corpusDirectory, `${file}.json`), `${JSON.stringify(results, null, 1)}\n`);
    console.log(`${file}: ${members.length}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
