import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import { int, text } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';

/** `stop` and `restart`: the same flags, another verb. */
export const stopping = (verb: 'stop' | 'restart', summary: string) =>
  defineCommand({
    summary,
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    flags: {
      signal: text('Signal to send to the container', 's'),
      time: { ...int('Seconds to wait before killing the container'), hidden: true },
      timeout: int('Seconds to wait before killing the container', 't'),
    },
    args: { min: 1 },
    run: (context, flags, names) =>
      forEachTarget(context, names, (name) =>
        context.client.containers[verb](name, {
          signal: flags.signal,
          timeout: flags.timeout ?? flags.time,
        }).catch(ignoreUnchanged),
      ),
  });

/** What is in the wanted state already is no failure. */
export function ignoreUnchanged(error: unknown): void {
  if (!isUnchanged(error)) throw error;
}

export const isUnchanged = (error: unknown): boolean =>
  error instanceof EngineError && error.kind === 'not-modified';
