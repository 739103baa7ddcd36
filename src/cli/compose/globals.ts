import type { LoadOptions, LoadStep } from '../../compose/load/load-options.ts';
import { loadProject } from '../../compose/load/load-project.ts';
import type { Client } from '../../client/client.ts';
import type { Project } from '../../compose/model/types.ts';
import { didYouMean } from '../../lib/suggest.ts';
import type { Context } from '../context.ts';
import type { Command } from '../command.ts';
import { readConfig } from '../config-file.ts';
import { ExitError } from '../exit-code.ts';
import { proxyEnvironment } from '../proxies.ts';
import { tellWarnings } from './tell-warnings.ts';
import { bool, type FlagSet, list, parseFlags, text, type Values } from '../flags.ts';

/** Flags of `lade compose` before the command's name. */
export const globalFlags = {
  'all-resources': bool('Include all resources, even those not used by services'),
  ansi: text('Control when to print ANSI control characters ("never"|"always"|"auto")'),
  'no-ansi': { ...bool('Do not print ANSI control characters'), hidden: true },
  compatibility: bool('Run compose in backward compatibility mode'),
  'dry-run': bool('Execute command in dry run mode'),
  'env-file': list('Specify an alternate environment file', undefined, 'stringArray'),
  file: list('Compose configuration files', 'f', 'stringArray'),
  parallel: text('Control max parallelism, -1 for unlimited'),
  profile: list('Specify a profile to enable', undefined, 'stringArray'),
  progress: text('Set type of progress output (auto, tty, plain, json, quiet)'),
  'project-directory': { ...text('Specify an alternate working directory'), formerly: 'workdir' },
  'project-name': text('Project name', 'p'),
  verbose: { ...bool('Show more output'), hidden: true },
  version: { ...bool('Show the version', 'v'), hidden: true },
} as const;

export type ComposeFlags = Values<typeof globalFlags>;

/** What the compose commands share. */
export interface ComposeContext extends Context {
  readonly globals: ComposeFlags;
  /** Loads the project; `named` are the services of the command line. Warnings are printed once. */
  load(named?: readonly string[], skip?: ReadonlySet<LoadStep>): Project;
  /**
   * Loads the project, or, where only its name is given and there are no files that can be read, takes it as its containers tell it. Refuses
   * `named` services that it does not have.
   */
  find(named?: readonly string[]): Promise<Project>;
  readonly colors: boolean;
  /** Copies of Compose files that lie elsewhere, by what they are called; as far as they have been needed. */
  readonly copies: Map<string, string>;
}

/** What is done with containers that are there already needs no files of variables. */
const WITHOUT_ENVIRONMENT: ReadonlySet<LoadStep> = new Set(['resolve-environment']);

export function parseGlobals(argv: readonly string[]): { globals: ComposeFlags; rest: readonly string[] } {
  const { values, args } = parseFlags(globalFlags, argv, false);
  return { globals: values, rest: args };
}

/** `client` is that of the context, or one that only looks. */
export function composeContext(
  context: Context,
  globals: ComposeFlags,
  client: Client,
  withNotes = false,
): ComposeContext {
  const { hostFlags, env, cwd, signal } = context;
  const copies = new Map<string, string>();
  return {
    client,
    hostFlags,
    env,
    cwd,
    signal,
    globals,
    copies,
    // as in the context itself: opened when somebody asks for them
    get out() {
      return context.out;
    },
    get err() {
      return context.err;
    },
    get in() {
      return context.in;
    },
    get colors() {
      const ansi = globals.ansi ?? env['COMPOSE_ANSI'];
      return (
        ansi === 'always' || (ansi !== 'never' && context.out.isTTY === true && env['NO_COLOR'] === undefined)
      );
    },
    load(named = [], skip = new Set()) {
      const project = loadProject({ ...loadOptions({ cwd, env, copies }, globals), named, skip });
      tellWarnings(context, project, withNotes);
      const proxies = (own: readonly string[]): string[] =>
        proxyEnvironment(readConfig(context), client.transport.host, own);
      return { ...project, proxies };
    },
    async find(named = []) {
      let project: Project;
      try {
        project = this.load(named, WITHOUT_ENVIRONMENT);
      } catch (error) {
        const name = globals['project-name'] ?? context.env['COMPOSE_PROJECT_NAME'];
        if (name === undefined || globals.file.length > 0) throw error; // files that are here by chance do not count
        const { projectOfLabels } = await import('../../compose/project-of-labels.ts');
        project = await projectOfLabels(context.client, name, definedOf(context.env));
      }
      checkNames(project, named);
      return project;
    },
  };
}

/** Refuses what Compose has no progress for. */
export function checkProgress(kind = ''): void {
  if (!/^(auto|tty|plain|json|quiet|none|)$/.test(kind))
    throw new ExitError(1, `unsupported --progress value ${JSON.stringify(kind)}`);
}

/** The flags in the words of today: `none` was `quiet`, and `--no-ansi` `--ansi never`. */
export function modernized(globals: ComposeFlags): ComposeFlags {
  const { 'no-ansi': noAnsi, ansi, progress } = globals;
  if (noAnsi && ansi !== undefined && ansi !== 'auto')
    throw new ExitError(1, 'cannot specify "--no-ansi" and "--ansi": use --ansi only');
  return {
    ...globals,
    progress: progress === 'none' ? 'quiet' : progress,
    ansi: noAnsi ? 'never' : ansi,
  };
}

function checkNames({ services, disabled }: Project, named: readonly string[]): void {
  const known = [...services.keys(), ...disabled.keys()];
  for (const name of named)
    if (!known.includes(name)) throw new ExitError(1, `no such service: ${name}${didYouMean(name, known)}`);
}

/** Where the project of a command line is read from. */
export const loadOptions = (
  { cwd, env, copies }: Pick<ComposeContext, 'cwd' | 'env' | 'copies'>,
  globals: ComposeFlags,
): LoadOptions => ({
  files: globals.file,
  cwd,
  copies,
  env: globals.compatibility ? { ...env, COMPOSE_COMPATIBILITY: 'true' } : env,
  envFiles: globals['env-file'],
  profiles: globals.profile,
  ...(globals['project-name'] !== undefined && { projectName: globals['project-name'] }),
  ...(globals['project-directory'] !== undefined && { projectDirectory: globals['project-directory'] }),
});

const definedOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** A command of `lade compose`: as any other, with what the compose commands share. */
interface ComposeCommand<F extends FlagSet> extends Omit<Command<F>, 'run'> {
  run(context: ComposeContext, flags: Values<F>, args: readonly string[]): Promise<number | void>;
}

/** Gives a compose command its type; `composeMain` runs it with a ComposeContext only. */
export const defineComposeCommand = <const F extends FlagSet>(command: ComposeCommand<F>): Command<F> =>
  command as unknown as Command<F>;
