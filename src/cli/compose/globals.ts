import { loadProject } from '../../compose/load/load-project.ts';
import type { Project } from '../../compose/model/types.ts';
import type { Context } from '../context.ts';
import type { Command } from '../command.ts';
import { bool, type FlagSet, list, parseFlags, text, type Values } from '../flags.ts';

/** Flags of `lade compose` before the command's name. */
export const globalFlags = {
  'all-resources': bool('Include all resources, even those not used by services'),
  ansi: text('Control when to print ANSI control characters ("never"|"always"|"auto")'),
  compatibility: { ...bool('Run compose in backward compatibility mode'), hidden: true },
  'dry-run': { ...bool('Execute command in dry run mode'), hidden: true },
  'env-file': list('Specify an alternate environment file', undefined, 'stringArray'),
  file: list('Compose configuration files', 'f', 'stringArray'),
  parallel: text('Control max parallelism, -1 for unlimited'),
  profile: list('Specify a profile to enable', undefined, 'stringArray'),
  progress: text('Set type of progress output (auto, tty, plain, json, quiet)'),
  'project-directory': text('Specify an alternate working directory'),
  'project-name': text('Project name', 'p'),
} as const;

export type ComposeFlags = Values<typeof globalFlags>;

/** What the compose commands share. */
export interface ComposeContext extends Context {
  readonly globals: ComposeFlags;
  /** Loads the project; `named` are the services of the command line. Warnings are printed once. */
  load(named?: readonly string[]): Project;
  readonly colors: boolean;
}

export function parseGlobals(argv: readonly string[]): { globals: ComposeFlags; rest: readonly string[] } {
  const { values, args } = parseFlags(globalFlags, argv, false);
  return { globals: values, rest: args };
}

export function composeContext(context: Context, globals: ComposeFlags): ComposeContext {
  return {
    ...context,
    globals,
    colors:
      globals.ansi === 'always' ||
      (globals.ansi !== 'never' && context.out.isTTY === true && context.env['NO_COLOR'] === undefined),
    load(named = []) {
      const project = loadProject({
        files: globals.file,
        cwd: context.cwd,
        env: context.env,
        envFiles: globals['env-file'],
        profiles: globals.profile,
        named,
        ...(globals['project-name'] !== undefined && { projectName: globals['project-name'] }),
        ...(globals['project-directory'] !== undefined && { projectDirectory: globals['project-directory'] }),
      });
      for (const warning of project.warnings) context.err.write(`WARN ${warning}\n`);
      return project;
    },
  };
}

/** A command of `lade compose`: as any other, with what the compose commands share. */
interface ComposeCommand<F extends FlagSet> extends Omit<Command<F>, 'run'> {
  run(context: ComposeContext, flags: Values<F>, args: readonly string[]): Promise<number | void>;
}

/** Gives a compose command its type; `composeMain` runs it with a ComposeContext only. */
export const defineComposeCommand = <const F extends FlagSet>(command: ComposeCommand<F>): Command<F> =>
  command as unknown as Command<F>;
