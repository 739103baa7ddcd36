import { runtimeLog } from './arguments.ts';
import { readText } from '../read-text.ts';

/** Why the runtime gave up: the last error in its log, which has a JSON object a line. */
export function lastError(directory: string): string | undefined {
  const lines = (readText(runtimeLog(directory)) ?? '').trim().split('\n');
  const entries = lines.filter(Boolean).map((line) => JSON.parse(line) as { level: string; msg: string });
  return entries.findLast(({ level }) => level === 'error')?.msg;
}
