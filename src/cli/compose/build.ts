import { resolve } from 'node:path';
import { bakeFile } from '../../compose/bake-file.ts';
import { type BuildOptions, buildServices } from '../../compose/build.ts';
import type { Project, Service } from '../../compose/model/types.ts';
import { imageName } from '../../compose/plan/names.ts';
import { reported } from '../../compose/progress.ts';
import { chosenServices } from '../../compose/up.ts';
import { parseBytes } from '../../lib/bytes.ts';
import type { BuildEventLine } from '../../wire/build.ts';
import { showAnswer } from '../build/answers.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, checked, list, parsed, text, type Values } from '../flags.ts';
import { buildArgs } from '../key-values.ts';
import { allAuth } from '../registry-auth.ts';
import { BuildDisplay } from './build-display.ts';
import { checkProgress, type ComposeContext, defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

const flagSet = {
  'build-arg': list('Set build-time variables for services', undefined, 'stringArray'),
  builder: text('Set builder to use'),
  check: bool('Check build configuration'),
  memory: checked(text('Set memory limit for the build container.', 'm', 'bytes'), parseBytes),
  'no-cache': bool('Do not use cache when building the image'),
  print: bool('Print equivalent bake file'),
  provenance: text('Add a provenance attestation'),
  pull: bool('Always attempt to pull a newer version of the image'),
  push: bool('Push service images'),
  quiet: bool('Suppress the build output', 'q'),
  sbom: text('Add a SBOM attestation'),
  ssh: text(
    "Set SSH authentications used when building service images. (use 'default' for using your default SSH Agent)",
  ),
  'with-dependencies': bool('Also build dependencies (transitively)'),
  // they say what is so in any case
  compress: { ...bool('Compress the build context using gzip'), hidden: true },
  'force-rm': { ...bool('Always remove intermediate containers'), hidden: true },
  'no-rm': { ...bool('Do not remove intermediate containers'), hidden: true },
  parallel: { ...bool('Build images in parallel'), hidden: true },
  progress: { ...text('Set type of progress output'), hidden: true },
} as const;

export const command = defineComposeCommand({
  summary: 'Build or rebuild services',
  usage: '[OPTIONS] [SERVICE...]',
  flags: flagSet,
  args: { min: 0 },
  async run(context, flags, names) {
    checkProgress(flags.progress);
    const project = context.load(names);
    const chosen = chosenServices(project, { services: names, noDeps: !flags['with-dependencies'] });
    const services = withResults(
      project,
      chosen.filter(({ build }) => build),
    );
    if (services.length === 0) return;
    checkBuilder(flags.builder);
    const options = optionsOf(context, flags);
    if (flags.print) return print(context, JSON.stringify(bakeFile(project, services, options), null, 2));
    if (context.globals['dry-run']) return tellWhatWouldBe(context, project, services);
    return build(context, flags, project, services, options);
  },
});

type Flags = Values<typeof flagSet>;

/** The one builder of an engine is its own. */
function checkBuilder(name: string | undefined): void {
  if (name === undefined || name === '' || name === 'default') return;
  throw new ExitError(1, `no builder ${JSON.stringify(name)} found: this engine builds by itself (default)`);
}

function optionsOf(context: ComposeContext, flags: Flags): BuildOptions {
  return {
    noCache: flags['no-cache'] ?? false,
    pullBase: flags.pull ?? false,
    buildArgs: buildArgs(flags['build-arg'], context.env),
    push: flags.push ?? false,
    inOrder: context.env['DOCKER_BUILDKIT'] === '0',
    check: flags.check ?? false,
    ssh: flags.ssh === undefined ? [] : [sshKey(flags.ssh, context.cwd)],
    provenance: flags.provenance,
    sbom: flags.sbom,
    memory: parsed(flags.memory, parseBytes),
    allAuth: () => allAuth(context),
    signal: context.signal,
  };
}

/** `default` (which nothing stands for, too) or `ID=PATH`; a path is from where we are. */
function sshKey(spec: string, cwd: string): string {
  const [id = '', path] = spec.split(/=(.*)/s);
  if (path === undefined && id !== 'default' && id !== '')
    throw new ExitError(1, `invalid ssh key ${JSON.stringify(spec)}`);
  return path ? `${id}=${resolve(cwd, path)}` : spec || 'default';
}

/** Also those whose results the others name, before them. */
function withResults(project: Project, services: readonly Service[]): Service[] {
  const all = new Map<string, Service>();
  const add = (service: Service): void => {
    if (all.has(service.name)) return;
    all.set(service.name, service);
    for (const place of Object.values(service.build?.contexts ?? {})) {
      const [, other = ''] = /^service:(.*)$/s.exec(place) ?? [];
      const needed = project.services.get(other) ?? project.disabled.get(other);
      if (needed) add(needed);
    }
  };
  services.forEach(add);
  return [...all.values()];
}

async function build(
  context: ComposeContext,
  flags: Flags,
  project: Project,
  services: readonly Service[],
  options: BuildOptions,
): Promise<number> {
  const report = progressPrinter(context, flags.quiet || flags.check || context.out.isTTY === true);
  const kind = flags.progress ?? context.globals.progress ?? context.env['BUILDKIT_PROGRESS'] ?? 'auto';
  using display = new BuildDisplay(
    flags.quiet ? context.err : context.out,
    flags.quiet ? 'quiet' : kind,
    context.env,
  );
  let status = 0;
  const answer = (service: string, line: BuildEventLine): void => {
    if (line.type !== 'answered') return;
    context.out.write(`${service}\n\n`);
    status ||= showAnswer(context, { name: 'lint', format: '', ignoreStatus: false }, line);
  };
  await buildServices(
    context.client,
    project,
    services,
    {
      ...options,
      onBuildLine(service, line) {
        display.take(service, line);
        if ('type' in line) answer(service, line);
      },
    },
    (service, work) => reported(report, 'Image', imageName(project, service), 'Building', 'Built', work),
  );
  display.end();
  return status;
}

function tellWhatWouldBe(context: ComposeContext, project: Project, services: readonly Service[]): void {
  const report = progressPrinter(context);
  for (const service of services)
    report({ kind: 'Image', name: imageName(project, service), status: 'Built', state: 'done' });
}
