import { CommandError } from '../../build/ops/exec/command-error.ts';
import { quoteGo } from '../../build/plan/history-text.ts';
import { isAbort, messageOf } from '../../lib/errors.ts';

const place = /^[^\n:]*:\d+:\d+: /;
const failed = /^The command '([\s\S]*)' returned a non-zero code: (\d+)$/;
const missing =
  /^(?:COPY|ADD) failed: (?:file not found in build context or excluded by \.dockerignore: )?stat \/?(.*): file does not exist$/s;

/** What went wrong with a step, in the words of BuildKit, which its users look for. */
export function stepError(message: string): string {
  const text = message.replace(place, '');
  const [, command, status] = failed.exec(text) ?? [];
  if (command !== undefined && status !== undefined) return commandText(command, Number(status));
  const [, path] = missing.exec(text) ?? [];
  if (path !== undefined)
    return `failed to calculate checksum of ref lading::context: ${quoteGo(`/${path}`)}: not found`;
  return text;
}

/** What went wrong with a build. */
export function buildError(error: unknown): string {
  if (isAbort(error)) return 'context canceled';
  if (error instanceof CommandError) return commandText(error.command, error.exitCode);
  const text = stepError(messageOf(error));
  return text.startsWith('failed to calculate checksum') ? `failed to compute cache key: ${text}` : text;
}

const commandText = (command: string, status: number): string =>
  `process ${quoteGo(command)} did not complete successfully: exit code: ${status}`;
