import { EngineError, invalid } from '../lib/errors.ts';
import type { Answer, Call } from './call.ts';
import type { Engine } from './engine.ts';
import { queryText } from './query.ts';

const unsupportedText = 'checkpoints are not supported by this engine';

/** Every call about checkpoints: Docker's answer of an engine without experimental features, or ours. */
export function unsupported(_call: Call, { facts }: Engine): Answer {
  throw new EngineError(
    'not-implemented',
    facts.experimental
      ? unsupportedText
      : 'This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.',
  );
}

/** A start from a checkpoint must not become a start from the beginning. */
export function refuseCheckpoint(call: Call, { facts }: Engine): void {
  if (queryText(call.query, 'checkpoint') === undefined) return;
  if (!facts.experimental) throw invalid('checkpoint is only supported in experimental mode');
  throw new EngineError('not-implemented', unsupportedText);
}
