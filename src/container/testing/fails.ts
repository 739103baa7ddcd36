import assert from 'node:assert/strict';
import { EngineError } from '../../lib/errors.ts';

/** A check of `assert.rejects`: an error of the engine of this kind with this message. */
export const fails = (kind: string, text: RegExp | string) => (error: unknown) => {
  assert.ok(error instanceof EngineError, String(error));
  if (typeof text === 'string') assert.equal(error.message, text);
  else assert.match(error.message, text);
  assert.equal(error.kind, kind);
  return true;
};
