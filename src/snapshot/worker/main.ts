import { parentPort } from 'node:worker_threads';
import { kindOf, messageOf } from '../../lib/errors.ts';
import { jobs, type JobName } from './jobs.ts';
import type { Answer } from './pool.ts';

/** The entry of a worker thread (pool.ts): answers one job after the other. */
parentPort?.on('message', (question: { name: JobName; args: never }) => {
  void answer(question.name, question.args).then((it) => parentPort?.postMessage(it));
});

async function answer(name: JobName, args: never): Promise<Answer> {
  try {
    return { ok: true, result: await jobs[name](args) };
  } catch (error) {
    return { ok: false, kind: kindOf(error), message: messageOf(error) };
  }
}
