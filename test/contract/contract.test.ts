import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { type Case, type LazyCase, targetOf } from './case.ts';
import { checkAnswer } from './check-answer.ts';
import { containerCases, endingCases } from './operations/containers.ts';
import { imageCases } from './operations/images.ts';
import { networkCases } from './operations/networks.ts';
import { systemCases } from './operations/system.ts';
import { volumeCases } from './operations/volumes.ts';
import { openReference, Reference } from './schema.ts';
import { send } from './send.ts';
import { makeWorld, type World } from './world.ts';

const reference = openReference();
const skip = 'skip' in reference ? reference : needs('root', 'busybox');
const groups: readonly [string, readonly LazyCase[]][] = [
  ['system', systemCases],
  ['containers', containerCases],
  ['images', imageCases],
  ['networks', networkCases],
  ['volumes', volumeCases],
  ['ends of containers', endingCases],
];

describe('the Engine API keeps to the reference', skip, () => {
  if (!(reference instanceof Reference)) return;
  const { version } = reference;
  const minor = Number(version.split('.')[1]);
  const operations = new Map(reference.operations().map((operation) => [operation.name, operation]));
  const tried = new Map<string, { good: number; bad: number }>();
  let engine: TestEngine | undefined;
  let world: World;
  let socket = process.env['CONTRACT_SOCKET'] ?? '';
  before(async () => {
    if (socket === '') {
      engine = await startTestEngine();
      ({ socket } = engine);
    }
    world = await makeWorld(socket);
  });
  after(async () => {
    await world?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  for (const [name, cases] of groups)
    test(name, async () => {
      const wrong: string[] = [];
      for (const lazy of cases) {
        const asked = typeof lazy === 'function' ? await lazy(world) : lazy;
        if (minor < (asked.since ?? 0) || minor > (asked.until ?? Infinity)) continue;
        const found = await tryCase(asked);
        wrong.push(...found.map((problem) => `${asked.operation} (${targetOf(asked, version)}): ${problem}`));
      }
      assert.equal(wrong.join('\n'), '');
    });

  test('every operation is tried, with good and with bad requests', () => {
    assert.ok(operations.size > 60, `the reference has ${operations.size} operations`);
    const missing = [...operations.keys()].filter((name) => !tried.has(name));
    assert.deepEqual(missing, []);
    const onlyGood = [...tried].filter(([name, { bad }]) => bad === 0 && !cannotFail.has(name));
    assert.deepEqual(onlyGood, []);
    const onlyBad = [...tried].filter(([name, { good }]) => good === 0 && !cannotSucceed.has(name));
    assert.deepEqual(onlyBad, []);
  });

  async function tryCase(asked: Case): Promise<string[]> {
    const operation = operations.get(asked.operation);
    if (!operation) return ['the reference has no such operation'];
    const count = tried.get(asked.operation) ?? { good: 0, bad: 0 };
    count[asked.status < 400 ? 'good' : 'bad'] += 1;
    tried.set(asked.operation, count);
    const [method = ''] = asked.operation.split(' ');
    try {
      const answer = await send(socket, method, targetOf(asked, version), asked.request);
      const wrong = checkAnswer(answer, asked, operation, reference as Reference);
      if (wrong.length === 0) asked.request.check?.(answer.body.toString());
      return wrong;
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }
});

const cannotFail = new Set(['GET /_ping', 'HEAD /_ping', 'GET /version', 'GET /info']);
/** Volumes of a cluster, and sessions of BuildKit, are of no concern here. */
const cannotSucceed = new Set(['PUT /volumes/{name}', 'POST /session']);
