import { invalid } from '../../lib/errors.ts';
import { formatPlatform, parsePlatform } from '../../oci/platform.ts';
import { parseOption } from './options.ts';

/** The value of `--provenance` or `--sbom` as one of `--attest`; none for ''. */
export function shorthand(type: string, value: string | undefined): string[] {
  if (!value) return [];
  if (/^(?:1|t|true)$/i.test(value)) return [`type=${type},disabled=false`];
  return /^(?:0|f|false)$/i.test(value) ? [`type=${type},disabled=true`] : [`type=${type},${value}`];
}

/** What is to be stated about a result, as attributes: of each type the last word counts. Unless asked otherwise short provenance is filed where it costs nothing. */
export function statementAttributes(
  values: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const wanted = new Map<string, string | undefined>();
  for (const value of values) {
    const { type, attributes } = parseOption(value, 'attestation');
    const { disabled = 'false', ...rest } = attributes;
    const text = [['type', type], ...Object.entries(rest)].map((pair) => quoted(pair.join('='))).join(',');
    wanted.set(type, /^(?:1|t|true)$/i.test(disabled) ? undefined : text);
  }
  const isWished = !/^(?:1|t|true)$/i.test(env['BUILDX_NO_DEFAULT_ATTESTATIONS'] ?? '');
  if (!wanted.has('provenance') && isWished) wanted.set('provenance', 'mode=min,inline-only=true');
  return Object.fromEntries(
    [...wanted].flatMap(([type, text]) => (text === undefined ? [] : [[`attest:${type}`, text]])),
  );
}

const quoted = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

const types = ['index', 'index-descriptor', 'manifest', 'manifest-descriptor'];

/** `[TYPE[PLATFORM],…:]KEY=VALUE` of `--annotation` as attributes of outputs. */
export function annotationAttributes(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.filter(Boolean).flatMap(annotation));
}

function annotation(text: string): (readonly [name: string, value: string])[] {
  const [, where, key = '', value] = /^(?:([^:=]*):)?([^=]*)=(.*)$/s.exec(text) ?? [];
  if (value === undefined) throw invalid(`invalid annotation "${text}", expected key=value`);
  if (where === undefined) return [[`annotation.${key}`, value]];
  return where.split(',').map((each) => {
    const [, type = '', platform] = /^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$/.exec(each) ?? [];
    if (type === '')
      throw invalid(
        `invalid annotation type "${each}", expected type and optional platform in square brackets`,
      );
    if (!types.includes(type)) throw invalid(`unknown annotation type "${type}"`);
    const of = platform === undefined ? '' : `[${formatPlatform(parsePlatform(platform))}]`;
    return [`annotation-${type}${of}.${key}`, value] as const;
  });
}
