import { existsSync, readFileSync } from 'node:fs';
import { invalid } from '../../lib/errors.ts';
import type { Project } from '../model/types.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { findSensitive } from './sensitive.ts';

/** A question to be answered with yes before a project is published. */
export type PublishQuestion = string;

/** Throws for projects that nobody else could run. */
export function checkImages(project: Project): void {
  const built = [...project.services.values()].filter(({ image }) => image === undefined);
  if (built.length === 0) return;
  throw invalid(
    `your Compose stack cannot be published as it only contains a build section for service(s):\n${built
      .map(({ name }) => `- ${JSON.stringify(name)}\n`)
      .join('')}`,
  );
}

/** Throws for variables that would be published without having been asked for. */
export function checkEnvironment(project: Project, files: readonly ArtifactFile[]): void {
  const problems = [
    ...(files.some(({ kind }) => kind === 'env') ? ['env files are declared'] : []),
    ...variablesOf(project).map(({ problem }) => problem),
  ];
  if (problems.length > 0)
    throw invalid(
      `${problems.join('\n')}\nTo avoid leaking sensitive data, you must either explicitly allow the sending of environment variables by using the --with-env flag,\nor remove sensitive data from your Compose configuration`,
    );
}

/** The variables of a project, by what has them. */
function variablesOf({ services, configs }: Project): { name: string; values: string[]; problem: string }[] {
  return [
    ...[...services.values()].map(({ name, environment }) => ({
      name,
      values: Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`),
      problem: `service ${JSON.stringify(name)} has environment variable(s) declared.`,
    })),
    ...[...configs.values()].map(({ key, environment }) => ({
      name: key,
      values: environment === undefined ? [] : [`${key}=${environment}`],
      problem: `config ${JSON.stringify(key)} is declared as an environment variable.`,
    })),
  ].filter(({ values }) => values.length > 0);
}

/** What is asked before things of this machine go out; `withEnv`: also the variables. */
export function publishQuestions(
  project: Project,
  files: readonly ArtifactFile[],
  withEnv: boolean,
): PublishQuestion[] {
  const questions = [];
  const binds = [...project.services.values()].flatMap(({ name, volumes }) =>
    volumes
      .filter(({ type }) => type === 'bind')
      .map(({ source, target, readOnly }) => `${name}${source}:${target}:${readOnly ? 'ro' : 'rw'}\n`),
  );
  if (binds.length > 0)
    questions.push(
      'you are about to publish bind mounts declaration within your OCI artifact.\n' +
        'only the bind mount declarations will be added to the OCI artifact (not content)\n' +
        "please double check that you are not mounting potential user's sensitive directories or data\n" +
        `${binds.join('')}Are you ok to publish these bind mount declarations?`,
    );
  const found = [
    ...files.flatMap(({ name, content }) => findSensitive(name, content.toString())),
    ...[...project.configs.values(), ...project.secrets.values()].flatMap(({ key, file }) =>
      file !== undefined && existsSync(file) ? findSensitive(key, readFileSync(file, 'latin1')) : [],
    ),
  ];
  if (found.length > 0)
    questions.push(
      'you are about to publish sensitive data within your OCI artifact.\n' +
        'please double check that you are not leaking sensitive data\n' +
        `${found.map(({ type, key, value }) => `${type}\n${JSON.stringify(key)}: ${value}\n`).join('')}` +
        'Are you ok to publish these sensitive data?',
    );
  const variables = withEnv ? variablesOf(project) : [];
  if (variables.length > 0)
    questions.push(
      'you are about to publish environment variables within your OCI artifact.\n' +
        'please double check that you are not leaking sensitive data\n' +
        `${variables.map(({ name, values }) => `Service/Config  ${name}\n${values.join('\n')}\n`).join('')}` +
        'Are you ok to publish these environment variables?',
    );
  return questions;
}
