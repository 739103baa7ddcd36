import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SolveRequest } from '../message-types.ts';
import type { ResultPart } from '../result.ts';
import { Jobs } from './jobs.ts';

const request = (Ref: string, more: Partial<SolveRequest> = {}): SolveRequest => ({
  Ref,
  Session: 's',
  Definition: null,
  Frontend: '',
  FrontendAttrs: {},
  FrontendInputs: {},
  Exporters: [],
  ExporterDeprecated: '',
  ExporterAttrsDeprecated: {},
  Cache: null,
  Entitlements: [],
  Internal: false,
  ...more,
});
const { signal } = new AbortController();

/** A result, as far as jobs care. */
function part(): ResultPart & { readonly wasLetGo: boolean } {
  const state = { wasLetGo: false };
  const image = { [Symbol.dispose]: () => (state.wasLetGo = true) };
  return {
    image,
    get wasLetGo() {
      return state.wasLetGo;
    },
  } as never;
}

describe('builds of clients', () => {
  test('a call may come a little before the request of its build', async () => {
    const jobs = new Jobs();
    const waiting = jobs.get('a', signal);
    const job = jobs.begin(request('a'));
    assert.equal(await waiting, job);
    assert.equal(await jobs.get('a', signal), job);
    await assert.rejects(jobs.get('b', AbortSignal.timeout(10)), { name: 'TimeoutError' });
  });

  test('a ref is in use until its build is over', () => {
    const jobs = new Jobs();
    const job = jobs.begin(request('a'));
    assert.throws(() => jobs.begin(request('a')), /job ID a exists/);
    assert.throws(() => jobs.begin(request('')), /no ref/);
    jobs.finish(job);
    assert.equal(jobs.find('a'), undefined);
    jobs.finish(jobs.begin(request('a')));
  });

  test('who waits for a build that is refused is told why', async () => {
    const jobs = new Jobs();
    const waiting = jobs.get('a', signal);
    const Cache = { Exports: [{ Type: 'floppy', Attrs: {} }], Imports: [] };
    assert.throws(() => jobs.begin(request('a', { Cache })), /floppy/);
    assert.throws(
      () => jobs.begin(request('b', { CompatibilityVersion: 10 })),
      /version 10 \(supported: 20, 30\)/,
    );
    assert.throws(
      () => jobs.begin(request('c', { SourcePolicySession: 's' })),
      /not supported by this engine/,
    );
    await assert.rejects(waiting, /floppy/);
  });

  test('results are there until the build is over, then they are let go of', () => {
    const jobs = new Jobs();
    const job = jobs.begin(request('a'));
    const result = part();
    const name = job.keep(result);
    assert.equal(jobs.result(name), result);
    jobs.finish(job);
    assert.equal(result.wasLetGo, true);
    assert.equal(job.signal.aborted, true);
    assert.throws(() => jobs.result(name), /no such ref/);
    const late = part();
    job.keep(late);
    assert.equal(late.wasLetGo, true);
  });

  test('a build that is cancelled aborts what works for it', () => {
    const jobs = new Jobs();
    const job = jobs.begin(request('a'));
    job.cancel();
    assert.equal(job.signal.aborted, true);
  });
});
