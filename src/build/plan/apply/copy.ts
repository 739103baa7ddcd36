import { posix } from 'node:path';
import { invalid, messageOf } from '../../../lib/errors.ts';
import { IgnorePatterns } from '../../../lib/ignore.ts';
import type { InstructionOf, Word } from '../../instructions/types.ts';
import { type Position, SourceError } from '../../parse/dockerfile-error.ts';
import { heredocContent } from '../../parse/heredoc.ts';
import { checkSum, parseGitUrl } from '../../../lib/git-url.ts';
import type { GitSource } from '../../remote/types.ts';
import type { StageState } from '../stage-state.ts';
import type { CopyAction, CopySource } from '../types.ts';
import type { ApplyContext } from './context.ts';
import { checkMode } from './mode.ts';

/** COPY and ADD: one vertex with an action for each source. */
export async function applyCopy(
  instruction: InstructionOf<'COPY' | 'ADD'>,
  context: ApplyContext,
): Promise<void> {
  const { state, step } = context;
  const { kind, from, checksum } = instruction;
  if (checksum && instruction.sources.length !== 1)
    throw new SourceError(checksum.position, "checksum can't be specified for multiple sources");
  const directory = from && context.directory(from);
  const input = from && directory === undefined ? await context.input(from) : undefined;
  const root: SourceRoot = input ? { kind: 'input', input: 0 } : { kind: 'context', context: directory };
  const sources = instruction.sources.map((word) => toSource(word, instruction, root, state));
  for (const source of sources)
    if (source.kind === 'context' && directory === undefined) checkIgnored(source.path, kind, context);
  const inline = instruction.inline.map(({ name, heredoc }): CopySource => {
    const text = heredocContent(heredoc);
    const position = { line: heredoc.line, column: 1 };
    const content = heredoc.expand ? state.expandRaw({ text, position }) : text;
    return { kind: 'inline', name: inlineName(name, instruction.position), content };
  });
  const shared = sharedOptions(instruction, state);
  const all = [...sources, ...inline];
  const actions = all.map((source): CopyAction => ({
    kind: 'copy',
    instruction: kind,
    source,
    severalSources: all.length > 1,
    unpack: instruction.unpack ?? (kind === 'ADD' && source.kind === 'context'),
    ...shared,
  }));
  state.addLayer(step, historyOf(instruction, shared, state), {
    op: { kind: 'file', actions, ...(instruction.link && { isLinked: true }) },
    base: state.vertex,
    inputs: input ? [input] : [],
    step,
  });
}

/** The file that a here-document makes lies in no directory, as BuildKit has it: what leads out of one means nothing. */
function inlineName(name: string, position: Position): string {
  const clean = posix.resolve('/', name).slice(1);
  if (clean !== '' && !clean.includes('/')) return clean;
  throw new SourceError(
    position,
    `here-document ${JSON.stringify(name)} can not be a file: its name must be that of the file alone, and its directory belongs to the destination`,
  );
}

/** Only told when the ignore file has no exceptions: with them, files below what is ignored may be there. */
function checkIgnored(path: string, kind: 'COPY' | 'ADD', { request, report }: ApplyContext): void {
  const { ignore = [] } = request;
  if (ignore.length === 0 || ignore.some((pattern) => pattern.startsWith('!'))) return;
  const clean = posix.normalize(path).replace(/^\/+/, '');
  const isRoot = clean === '.' || clean === '';
  const isHit = isRoot
    ? ignore.some((pattern) => ['*', '**', '**/*'].includes(pattern))
    : new IgnorePatterns(ignore).ignores(clean);
  if (!isHit) return;
  const verb = kind === 'ADD' ? 'Add' : 'Copy';
  const name = JSON.stringify(isRoot ? '.' : clean);
  report('CopyIgnoredFile', `Attempting to ${verb} file ${name} that is excluded by .dockerignore`);
}

function sharedOptions(
  { destination, chown, chmod }: InstructionOf<'COPY' | 'ADD'>,
  state: StageState,
): Pick<CopyAction, 'destination' | 'chown' | 'chmod'> {
  const owner = chown && state.expand(chown);
  const mode = chmod && state.expand(chmod);
  if (chmod && mode) checkMode(mode, chmod.position);
  return {
    destination: absolute(state.expand(destination), state.workingDir),
    ...(owner && { chown: owner }),
    ...(mode && { chmod: mode }),
  };
}

/** An absolute path; what says "directory" at the end stays as a slash. */
function absolute(path: string, workingDir: string): string {
  const isDirectory = path === '' || /(?:^|\/)\.?$/.test(path);
  const resolved = posix.resolve('/', workingDir, path);
  return isDirectory && resolved !== '/' ? `${resolved}/` : resolved;
}

/** What paths are relative to. */
type SourceRoot =
  | { readonly kind: 'input'; readonly input: number }
  | { readonly kind: 'context'; readonly context: string | undefined };

function toSource(
  word: Word,
  { kind, exclude, parents, checksum, keepGitDir }: InstructionOf<'COPY' | 'ADD'>,
  root: SourceRoot,
  state: StageState,
): CopySource {
  const text = state.expand(word);
  const sum = checksum && state.expand(checksum);
  const git = gitSource(text, sum, keepGitDir, word);
  if (git && kind === 'COPY') throw new SourceError(word.position, "source can't be a git ref for COPY");
  if (git) return { kind: 'git', git, exclude: exclude.map((item) => item.text) };
  if (kind === 'ADD' && /^https?:\/\//.test(text)) return urlSource(text, sum, word);
  if (/^https?:\/\//.test(text)) throw new SourceError(word.position, "source can't be a URL for COPY");
  if (checksum) throw new SourceError(checksum.position, 'checksum requires HTTP(S) or Git sources');
  const selection = { path: text, exclude: exclude.map((item) => item.text), parents };
  if (root.kind === 'input') return { ...root, ...selection };
  return { kind: 'context', ...(root.context !== undefined && { context: root.context }), ...selection };
}

function urlSource(url: string, checksum: string | undefined, word: Word): CopySource {
  if (!URL.canParse(url)) throw new SourceError(word.position, `invalid URL ${JSON.stringify(url)}`);
  if (checksum !== undefined && !/^sha256:[a-f0-9]{64}$/.test(checksum)) {
    const isOther = /^(?!sha256:)[a-z0-9]+:[a-f0-9]+$/.test(checksum);
    const problem = isOther ? 'unsupported digest algorithm' : 'invalid checksum digest format';
    throw new SourceError(word.position, `${problem}: ${checksum} (want sha256:<64 hex digits>)`);
  }
  return { kind: 'url', url, ...(checksum !== undefined && { checksum }) };
}

function gitSource(
  text: string,
  checksum: string | undefined,
  keepGitDir: boolean | undefined,
  word: Word,
): GitSource | undefined {
  try {
    const git = parseGitUrl(text);
    if (!git) return undefined;
    if ((git.keepGitDir ?? keepGitDir) !== (keepGitDir ?? git.keepGitDir))
      throw invalid('inconsistent keep-git-dir configuration');
    if ((git.checksum ?? checksum) !== (checksum ?? git.checksum))
      throw invalid(`checksum mismatch ${JSON.stringify(checksum)} != ${JSON.stringify(git.checksum)}`);
    return {
      ...git,
      ...(checksum !== undefined && { checksum: checkSum(checksum) }),
      ...(keepGitDir !== undefined && { keepGitDir }),
    };
  } catch (error) {
    throw new SourceError(word.position, messageOf(error));
  }
}

function historyOf(
  { kind, inline, parents, sources, destination }: InstructionOf<'COPY' | 'ADD'>,
  { chown, chmod }: Pick<CopyAction, 'chown' | 'chmod'>,
  state: StageState,
): string {
  return [
    kind,
    ...(parents ? ['--parents'] : []),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources.map((word) => state.expand(word)),
    ...inline.map(({ name }) => `<<${name}`),
    state.expand(destination),
    '# buildkit',
  ].join(' ');
}
