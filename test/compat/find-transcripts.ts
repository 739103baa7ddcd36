import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'transcripts');

export interface TranscriptFile {
  readonly path: string;
  /** Such as `volumes`, `compose/up`. */
  readonly name: string;
}

/** @returns all transcripts, sorted */
export function findTranscripts(): TranscriptFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .map((name) => ({ path: join(folder, name), name: name.slice(0, -'.txt'.length) }));
}
