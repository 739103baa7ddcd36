import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hasCode } from '../../lib/errors.ts';
import { basename, dirname, join } from 'node:path';
import { forgetCut, lastCut, noteCut } from './log-cut.ts';

export interface LogSegment {
  readonly path: string;
  /** Higher is newer; Infinity is the one that is written. */
  readonly number: number;
}

/** The segments of a log that are there, oldest first. `log` is the path of the one that is written, which may be missing. */
export function listSegments(log: string): LogSegment[] {
  const dir = dirname(log);
  const prefix = `${basename(log)}.`;
  const older = namesIn(dir)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: join(dir, name), number: Number(name.slice(prefix.length)) }))
    .toSorted((left, right) => left.number - right.number);
  return existsSync(log) ? [...older, { path: log, number: Infinity }] : older;
}

/** Of a log that is being removed there is nothing. */
function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Where the segment that is written now goes when it is full. */
export function nextSegmentPath(log: string): string {
  const newest = listSegments(log).findLast(({ number }) => number !== Infinity);
  return `${log}.${(newest?.number ?? lastCut(log)) + 1}`;
}

/**
 * Deletes the oldest segments until `keep` are left, with the one that is written. Who reads is told before, how many go: it may not have
 * come to them.
 */
export function dropOldSegments(log: string, keep: number, tellReaders: (oldest: number) => void): void {
  const older = listSegments(log).filter(({ number }) => number !== Infinity);
  const oldest = older.slice(0, Math.max(older.length - (keep - 1), 0));
  const last = oldest.at(-1);
  if (!last) return;
  tellReaders(oldest.length);
  noteCut(log, last);
  for (const { path } of oldest) rmSync(path, { force: true });
}

/** Deletes all segments. */
export function dropLog(log: string): void {
  for (const { path } of listSegments(log)) rmSync(path, { force: true });
  forgetCut(log);
}

/**
 * Takes back a rotation that the death of the engine interrupted: the monitor still writes to the renamed file. It keeps its
 * file by descriptor, so the name can simply be given back.
 */
export function repairRotation(log: string): void {
  if (existsSync(log)) return;
  const newest = listSegments(log).at(-1);
  if (newest) renameSync(newest.path, log);
}
