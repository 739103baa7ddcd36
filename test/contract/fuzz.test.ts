import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { mapPool } from '../../src/lib/pool.ts';
import { needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import type { Case } from './case.ts';
import { Mutator } from './mutate.ts';
import { containerCases, endingCases } from './operations/containers.ts';
import { imageCases } from './operations/images.ts';
import { networkCases } from './operations/networks.ts';
import { systemCases } from './operations/system.ts';
import { volumeCases } from './operations/volumes.ts';
import { makeWorld } from './world.ts';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const AT_ONCE = 8;
const PATIENCE = 15_000;
const MAX_RESIDENT = 400 << 20;

/** What would ask a registry somewhere else, or hold a container that the others need. */
const leftOut =
  /^(?:GET \/images\/search|GET \/distribution|POST \/auth|POST \/containers\/\{id\}\/(?:stop|restart|pause|kill))/;

/** What takes away the objects that the others are about comes last. */
const destructive = /^(?:DELETE|POST \/\w+\/prune|POST \/containers\/\{id\}\/rename)/;

const seeds = [systemCases, containerCases, imageCases, networkCases, volumeCases, endingCases]
  .flat()
  .filter((item): item is Case => typeof item !== 'function')
  .filter(({ operation, request }) => !leftOut.test(operation) && request.query?.['fromImage'] === undefined);

test('no request brings the engine down or hangs', needs('root', 'busybox'), async () => {
  await using engine = await startTestEngine();
  await using world = await makeWorld(engine.socket);
  const seed = Number(process.env['FUZZ_SEED'] ?? 1);
  const mutator = new Mutator(seed);
  const careful = seeds.filter(({ operation }) => !destructive.test(operation));
  const requests = Array.from({ length: REQUESTS }, (_, at) =>
    mutator.mutate(mutator.pick(at < REQUESTS * 0.8 ? careful : seeds)),
  );
  const silent = await mapPool(requests, AT_ONCE, async ({ bytes, text }) =>
    (await isAnswered(engine.socket, bytes)) ? [] : [text],
  );
  assert.deepEqual(silent.flat(), [], `seed ${seed}: requests without an answer`);
  assert.equal((await world.call('GET', '/_ping')).body.toString(), 'OK', `seed ${seed}`);
  assert.equal((await world.call('GET', '/containers/json?all=1')).status, 200, `seed ${seed}`);
  checkProcess(engine, seed);
});

/** Whether an answer begins, or the engine hangs up, in good time. A request that is cut off is ended by the client. */
function isAnswered(path: string, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    const finish = (answered: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(answered);
    };
    const late = setTimeout(() => finish(false), PATIENCE);
    socket.on('error', () => finish(true)).once('data', () => finish(true));
    socket.once('end', () => finish(true)).once('close', () => finish(true));
    socket.end(bytes);
  });
}

/** The log tells what was not the client's fault: there must be nothing but what Docker, too, calls a failure of its own. */
function checkProcess(engine: TestEngine, seed: number): void {
  const mistakes = readFileSync(engine.log, 'utf8')
    .split('\n')
    .filter((line) => /request failed|(?:Type|Reference|Range|Syntax)Error|uncaught/i.test(line))
    .filter((line) => !/is not paused|ps: |container not running/.test(line));
  assert.deepEqual(mistakes.slice(0, 5), [], `seed ${seed}`);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1];
  assert.ok(Number(resident) * 1024 < MAX_RESIDENT, `seed ${seed}: ${resident} kB`);
}
