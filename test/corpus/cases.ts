import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One build: what its Dockerfile is, flags of `docker buildx build`, and files beside those of the common context. */
export interface CorpusCase {
  readonly file: string;
  readonly title: string;
  readonly dockerfile: string;
  readonly flags: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/*
 * dockerfiles/<file>.txt
 *   ## title
 *   > flags             optional
 *   the Dockerfile
 *   @@ path             a file of the context, up to the next line of this kind
 * dockerfiles/<file>.json     what Docker's own builder makes of it (record.ts)
 */
export const corpusDirectory = join(import.meta.dirname, 'dockerfiles');

export function readCases(): CorpusCase[] {
  return readdirSync(corpusDirectory)
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .flatMap((name) => parseCases(name.slice(0, -4), readFileSync(join(corpusDirectory, name), 'utf8')));
}

function parseCases(file: string, text: string): CorpusCase[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [body = '', ...files] = part.slice(end + 1).split(/^@@ /m);
      const [, flags = '', dockerfile = ''] = /^(?:> (.*)\n)?(.*)$/s.exec(body) ?? [];
      return {
        file,
        title: part.slice(0, end),
        dockerfile,
        flags: flags.split(' ').filter(Boolean),
        files: Object.fromEntries(
          files.map((item) => {
            const name = item.slice(0, item.indexOf('\n'));
            return [name, item.slice(name.length + 1)] as const;
          }),
        ),
      };
    });
}
