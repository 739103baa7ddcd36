import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../lib/compression.ts';
import { internal, messageOf } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { existsSync } from '../lib/fs.ts';
import { problemAt } from './load/compose-error.ts';
import { at, mapTree, scalarTree, withEntry } from './load/tree.ts';
import type { Project, Provider, Service } from './model/types.ts';
import { reported } from './progress.ts';
import type { Work } from './work.ts';

/*
 * Services that a program provides instead of containers (docker/compose docs/extension.md): `PROGRAM compose --project-name=P up
 * --OPTION=VALUE SERVICE` writes a JSON object a line, `{"type": "info" | "debug" | "error" | "setenv", "message": …}`.
 */

/** The variables that a provider gives to the services that depend on it, with the name of its service in front. */
export type Variables = Readonly<Record<string, string>>;

/** Lets a provider make or remove what stands for a service. Throws what it says is wrong. */
export async function runProvider(
  work: Work,
  service: Service,
  provider: Provider,
  verb: 'up' | 'down',
): Promise<Variables> {
  const [doing, done] = verb === 'up' ? ['Creating', 'Created'] : ['Removing', 'Removed'];
  return reported(work.report, 'Service', service.name, doing, done, async () => {
    if (work.dryRun) return {};
    const program = programOf(provider);
    const env = { ...process.env, ...work.project.environment };
    const known = await knownParameters(program, verb, env);
    const options = [...provider.options]
      .filter(([name]) => known?.has(name) ?? true)
      .flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
    const args = ['compose', `--project-name=${work.project.name}`, verb, ...options, service.name];
    const { stdout, stderr, status } = await exec(program, args, {
      env,
      okStatus: everyStatus,
      ...(work.signal && { signal: work.signal }),
    });
    const variables = readAnswers(work, service, stdout);
    if (status === 0) return variables;
    const action = verb === 'up' ? 'create' : 'remove';
    throw internal(
      `failed to ${action} service provider: exit status ${status}${stderr ? `: ${stderr.trim()}` : ''}`,
    );
  });
}

const everyStatus = Array.from({ length: 256 }, (_, status) => status);

/** A plugin of Docker's command line, or a program of that name. */
function programOf({ type, place }: Provider): string {
  const folders = [
    join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins'),
    ...['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'].map((path) =>
      join(path, 'docker/cli-plugins'),
    ),
  ];
  const plugin = folders.map((folder) => join(folder, `docker-${type}`)).find((path) => existsSync(path));
  const program = type === 'compose' ? undefined : (plugin ?? findProgram(type));
  if (program === undefined)
    throw problemAt(
      place,
      `no program provides ${JSON.stringify(type)}: neither a Docker plugin nor on the PATH`,
    );
  return program;
}

interface Metadata {
  readonly description?: string;
  readonly up?: { readonly parameters?: readonly { readonly name: string }[] };
  readonly down?: { readonly parameters?: readonly { readonly name: string }[] };
}

/** The options that a provider says it takes; undefined where it says nothing. */
async function knownParameters(
  program: string,
  verb: 'up' | 'down',
  env: NodeJS.ProcessEnv,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { stdout } = await exec(program, ['compose', 'metadata'], { env });
    const metadata = JSON.parse(stdout) as Metadata;
    if (!metadata.description && !metadata.up?.parameters && !metadata.down?.parameters) return undefined;
    return new Set((metadata[verb]?.parameters ?? []).map(({ name }) => name));
  } catch {
    return undefined; // telling is optional
  }
}

function readAnswers({ report }: Work, { name }: Service, output: string): Variables {
  const variables: Record<string, string> = {};
  for (const line of output.split('\n').filter((text) => text.trim() !== '')) {
    const { type, message } = parseAnswer(line);
    if (type === 'error') throw internal(message);
    if (type === 'info') report({ kind: 'Service', name, status: message, state: 'working' });
    if (type !== 'setenv') continue;
    const equals = message.indexOf('=');
    if (equals < 0) throw internal(`invalid response from plugin: ${message}`);
    variables[`${name.toUpperCase()}_${message.slice(0, equals)}`] = message.slice(equals + 1);
  }
  return variables;
}

function parseAnswer(line: string): { type: string; message: string } {
  try {
    const { type = '', message = '' } = JSON.parse(line) as { type?: string; message?: string };
    if (['error', 'info', 'setenv', 'debug'].includes(type)) return { type, message };
    throw internal(`invalid response from plugin: ${type}`);
  } catch (error) {
    throw error instanceof SyntaxError
      ? internal(`invalid response from plugin: ${messageOf(error)}`)
      : error;
  }
}

/** A service with variables that count over its own, also for its configuration hash. */
export function withVariables(
  project: Project,
  service: Service,
  variables: Variables,
): { project: Project; service: Service } {
  const services = at(project.tree, 'services');
  const own = at(services, service.name);
  if (services?.kind !== 'map' || own?.kind !== 'map') return { project, service };
  const declared = at(own, 'environment');
  const environment = Object.entries(variables).reduce(
    (tree, [name, value]) => withEntry(tree, name, scalarTree(value, own.place)),
    declared?.kind === 'map' ? declared : mapTree(own.place, []),
  );
  const tree = withEntry(
    project.tree,
    'services',
    withEntry(services, service.name, withEntry(own, 'environment', environment)),
  );
  return {
    project: { ...project, tree },
    service: { ...service, environment: { ...service.environment, ...variables } },
  };
}
