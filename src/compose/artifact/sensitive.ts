/** Something that should stay a secret. */
interface Finding {
  readonly type: string;
  /** Where it is: a file, or `service.KEY`. */
  readonly key: string;
  readonly value: string;
}

const patterns: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['AWS Client ID', /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}\b/g],
  ['Github authentication', /\b(?:gh[opusr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{60,})\b/g],
  ['GitLab authentication', /\bglpat-[0-9A-Za-z_-]{20,}\b/g],
  ['Slack token', /\bxox[abprs]-[0-9A-Za-z-]{10,}/g],
  ['Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/g],
  ['JSON Web Token', /\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]+/g],
  ['Private Key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g],
  ['URL with password', /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@$]+:[^/\s:@$]+@/g],
];

/** What looks like a secret in a text, by its form alone. */
export const findSensitive = (key: string, text: string): Finding[] =>
  patterns.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map(([value]) => ({ type, key, value: masked(value) })),
  );

/** Its beginning is enough to know it by. */
const masked = (value: string): string => `${value.slice(0, Math.min(8, value.length / 2))}…`;
