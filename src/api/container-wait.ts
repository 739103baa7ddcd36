import { invalid } from '../lib/errors.ts';
import type { WaitCondition } from '../container/types.ts';
import type { WaitAnswer } from '../wire/container.ts';
import { type Answer, type Call, param, stream } from './call.ts';
import type { Engine } from './engine.ts';
import { queryText } from './query.ts';

/**
 * POST /containers/{id}/wait. The head is sent at once: `docker run` starts the container only when it knows that the wait is on.
 */
export function wait(call: Call, engine: Engine): Answer {
  const condition = queryText(call.query, 'condition') ?? 'not-running';
  if (!isCondition(condition)) throw invalid(`invalid condition: ${JSON.stringify(condition)}`);
  const { done } = engine.containers.wait(param(call, 'id'), condition, call.signal);
  // a failed start has been told to whoever started it, who waits here only for the end of the clean-up
  const told = condition === 'removed' ? done.then(({ exitCode }) => ({ exitCode })) : done;
  return stream(encode(told), 'application/json');
}

async function* encode(done: Promise<{ exitCode: number; error?: string }>): AsyncIterable<string> {
  const { exitCode, error } = await done;
  const answer: WaitAnswer = {
    StatusCode: exitCode,
    ...(error !== undefined && error !== '' && { Error: { Message: error } }),
  };
  yield `${JSON.stringify(answer)}\n`;
}

const isCondition = (text: string): text is WaitCondition =>
  ['not-running', 'next-exit', 'removed'].includes(text);
