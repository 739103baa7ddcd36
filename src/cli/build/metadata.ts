import type { BuildOutcome } from '../../client/build/run-build.ts';
import type { BuildEventLine } from '../../wire/build.ts';

type Done = Extract<BuildOutcome, { type: 'done' }>;
type Warning = Extract<BuildEventLine, { type: 'warning' }>;

/** What `--metadata-file` gets of a build, as buildx writes it: documents in it are no text any more. */
export function metadataOf(
  { buildId, response, provenance }: Done,
  warnings: readonly Warning[],
  env: NodeJS.ProcessEnv,
): string {
  const told = Object.entries(response).map(([name, value]) => [name, decoded(value)]);
  const all: Record<string, unknown> = {
    ...Object.fromEntries(told),
    'buildx.build.ref': `default/default/${buildId}`,
    ...provenanceEntries(provenance, env['BUILDX_METADATA_PROVENANCE'] ?? 'min'),
    ...(warnings.length > 0 &&
      /^(?:1|t|true)$/i.test(env['BUILDX_METADATA_WARNINGS'] ?? '') && {
        'buildx.build.warnings': warnings.map(({ rule, message, file, line, endLine = line }) => ({
          short: Buffer.from(rule === undefined ? message : `${rule}: ${message} (line ${line})`).toString(
            'base64',
          ),
          level: 1,
          ...(line !== undefined && {
            info: { filename: file },
            range: [{ start: { line }, end: { line: endLine } }],
          }),
        })),
      }),
  };
  return written(all);
}

/** The same of what was asked in the place of a build. */
export function answersOf({ documents }: Extract<BuildOutcome, { type: 'answered' }>): string {
  return written(Object.fromEntries(Object.entries(documents).map(([name, text]) => [name, decoded(text)])));
}

function written(all: Readonly<Record<string, unknown>>): string {
  const sorted = Object.entries(all).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted), null, 2);
}

function decoded(text: string): unknown {
  for (const json of [text, Buffer.from(text, 'base64').toString()])
    try {
      const value: unknown = JSON.parse(json);
      if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) return value;
    } catch {
      // it is text
    }
  return text;
}

function provenanceEntries(provenance: Done['provenance'], mode: string): Record<string, object> {
  if (/^(?:disabled|0|f|false)$/i.test(mode)) return {};
  const entries = Object.entries(provenance);
  return Object.fromEntries(
    entries.map(([platform, predicate]) => {
      const { metadata: _, buildConfig: __, ...short } = predicate as Record<string, unknown>;
      const name = entries.length === 1 ? '' : `/${platform}`;
      return [`buildx.build.provenance${name}`, mode === 'max' ? predicate : short];
    }),
  );
}
