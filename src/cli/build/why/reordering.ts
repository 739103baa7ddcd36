import type { BuildStepAnswer } from '../../../wire/build.ts';

/** A change of the Dockerfile that would have kept a step cached. */
export interface Reordering {
  /** The step that needn't have run. */
  readonly step: string;
  readonly line: number;
  /** The files that it needs; none = it needs nothing of the context. */
  readonly files: readonly string[];
  readonly milliseconds: number;
}

/** Commands that install what some files list, and those files. */
const installers: readonly (readonly [command: RegExp, files: readonly string[]])[] = [
  [/\bnpm (?:ci|install|i)(?=\s*(?:$|[;&|]|-))/, ['package.json', 'package-lock.json']],
  [/\bpnpm (?:install|i|fetch)\b/, ['package.json', 'pnpm-lock.yaml']],
  [/\byarn(?: install)?(?=\s*(?:$|[;&|]|--))/, ['package.json', 'yarn.lock']],
  [/\bbun install\b/, ['package.json', 'bun.lock']],
  [/\bpoetry install\b/, ['pyproject.toml', 'poetry.lock']],
  [/\buv sync\b/, ['pyproject.toml', 'uv.lock']],
  [/\bpipenv (?:install|sync)\b/, ['Pipfile', 'Pipfile.lock']],
  [/\bbundle install\b/, ['Gemfile', 'Gemfile.lock']],
  [/\bgo mod download\b/, ['go.mod', 'go.sum']],
  [/\bcargo fetch\b/, ['Cargo.toml', 'Cargo.lock']],
  [/\bcomposer install\b/, ['composer.json', 'composer.lock']],
  [/\bmvn\b.*\bdependency:(?:go-offline|resolve)\b/, ['pom.xml']],
];

/** Commands that need no file of the context at all. */
const independent =
  /\b(?:apt-get|apt) (?:-\S+ )*(?:update|install)\b|\bapk (?:-\S+ )*add\b|\b(?:dnf|yum|microdnf) (?:-\S+ )*install\b/;

/** When a copy of much made an install below it run: what to copy before it. Nothing where it can't be told for sure. */
export function reordering(
  cause: BuildStepAnswer,
  why: string,
  below: readonly BuildStepAnswer[],
): Reordering | undefined {
  if (!copiesMuch(cause.name)) return undefined;
  for (const { name, line, milliseconds = 0 } of below) {
    if (!/^RUN\b/i.test(name)) continue;
    const files = filesFor(name);
    if (!files || files.some((file) => mentions(why, file))) continue;
    return { step: name, line, files, milliseconds };
  }
  return undefined;
}

/** COPY or ADD of a directory of the context, as far as its name tells. */
function copiesMuch(name: string): boolean {
  const words = name.split(/\s+/);
  if (!/^(?:COPY|ADD)$/i.test(words[0] ?? '') || words.some((word) => /^--from\b/.test(word))) return false;
  const sources = words.slice(1, -1).filter((word) => !word.startsWith('--'));
  return sources.some((source) => /^(?:\.\/?|\/|\*|\.\/\*)$/.test(source));
}

function filesFor(run: string): readonly string[] | undefined {
  const requirements = /\bpip3? install\b.*?\s(?:-r|--requirement)[ =](\S+)/.exec(run)?.[1];
  if (requirements !== undefined) return [requirements.replace(/^\.\//, '')];
  const installer = installers.find(([command]) => command.test(run));
  if (installer) return installer[1];
  return independent.test(run) && !/\.\/|\$\(|<|\s\.(?:\s|$)/.test(run) ? [] : undefined;
}

const mentions = (why: string, file: string): boolean =>
  why.split(/[\s,]+/).some((word) => word === file || word.endsWith(`/${file}`));
