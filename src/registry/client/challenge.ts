/** One way to authenticate that a server offers (RFC 9110, section 11.6.1). `scheme` in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const pair = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w/:-]+))/;
const scheme = /^\s*([!#$%&'*+.^_`|~\w-]+)(?=\s|,|$)/;

/** Parses the value of a `WWW-Authenticate` header; what does not parse is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header.slice(0, 8192);
  while (rest !== '') {
    const parameter = pair.exec(rest);
    const name = parameter ? undefined : scheme.exec(rest);
    const current = challenges.at(-1);
    if (parameter && current) {
      const [, key = '', quoted, token] = parameter;
      current.parameters[key.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
    } else if (name) {
      challenges.push({ scheme: (name[1] ?? '').toLowerCase(), parameters: {} });
    }
    rest = rest.slice((parameter ?? name)?.[0].length ?? 1).replace(/^[\s,]+/, '');
  }
  return challenges;
}
