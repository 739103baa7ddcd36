import { nameOf } from '../create/merge-config.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface EnvironmentSource {
  readonly env: readonly string[];
  readonly hostname: string;
  readonly tty: boolean;
  readonly home: string;
  /** Variables that links bring, each `NAME=value`. */
  readonly linkEnv: readonly string[];
}

/** The environment of a container's program: Docker's defaults where the spec says nothing. `NAME` alone takes a variable away. */
export function makeEnvironment(source: EnvironmentSource): string[] {
  const base = [
    `PATH=${defaultPath}`,
    `HOSTNAME=${source.hostname}`,
    ...(source.tty ? ['TERM=xterm'] : []),
    ...source.linkEnv,
  ];
  const merged = replaceOrAppend(base, source.env);
  return merged.some((variable) => nameOf(variable) === 'HOME') ? merged : [...merged, `HOME=${source.home}`];
}

/** Variables by name, later ones in the place of earlier ones. */
export function replaceOrAppend(base: readonly string[], changes: readonly string[]): string[] {
  const variables = new Map(base.map((variable) => [nameOf(variable), variable]));
  for (const variable of changes) {
    if (variable.includes('=')) variables.set(nameOf(variable), variable);
    else variables.delete(variable);
  }
  return [...variables.values()];
}
