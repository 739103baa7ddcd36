/** A step of loading that can be left out, to see what the files say without it. */
export type LoadStep = 'interpolate' | 'resolve-paths' | 'normalize' | 'check' | 'resolve-environment';

/** Where a project is read from, and what the command line says about it. */
export interface LoadOptions {
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  /** Services named on the command line: their profiles count as chosen. */
  readonly named?: readonly string[];
  /** Where the copies of files are that lie elsewhere, by what they are called. */
  readonly copies?: ReadonlyMap<string, string>;
  readonly skip?: ReadonlySet<LoadStep>;
}
