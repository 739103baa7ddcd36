import { ruleUrl, rules } from '../../build/check/rules.ts';
import type { DescribedBuild } from '../../build/check/types.ts';
import type { BuildRequest } from '../../build/types.ts';
import { DockerfileError } from '../../build/parse/dockerfile-error.ts';
import { invalid } from '../../lib/errors.ts';
import type { BuildKitContext } from '../context.ts';
import { errorText } from './source-error.ts';

/** What a client may ask of a Dockerfile besides to build it (BuildKit, "subrequests"): names and what they give. */
const requests = {
  'frontend.lint': 'Lint a Dockerfile',
  'frontend.outline': 'List all parameters current build target supports',
  'frontend.targets': 'List all targets current build supports',
  'frontend.subrequests.describe': 'List available subrequest types',
} as const;

type Name = keyof typeof requests;

interface Place {
  readonly line: number;
  readonly endLine?: number;
}

/** Answers by documents in JSON, from which clients print their tables. */
export async function answerSubrequest(
  { builder }: Pick<BuildKitContext, 'builder'>,
  name: string,
  request: BuildRequest,
  source: { readonly name: string; readonly text: string },
): Promise<Record<string, Buffer>> {
  if (!Object.hasOwn(requests, name)) throw invalid(`unsupported request ${name}`);
  const { document, status = 0 } = await answer(name as Name);
  return {
    'result.json': Buffer.from(JSON.stringify(document)),
    'result.txt': Buffer.from(`${JSON.stringify(document, null, 2)}\n`),
    'result.statuscode': Buffer.from(String(status)),
    version: Buffer.from('1.0.0'),
  };

  async function answer(asked: Name): Promise<{ document: unknown; status?: number }> {
    switch (asked) {
      case 'frontend.lint':
        return lint();
      case 'frontend.outline':
        return { document: { ...outlineOf(builder.describe(request)), sources: [encoded(source.text)] } };
      case 'frontend.targets':
        return {
          document: { targets: targetsOf(builder.describe(request)), sources: [encoded(source.text)] },
        };
      case 'frontend.subrequests.describe':
        return { document: describeRequests() };
      default:
        return asked satisfies never;
    }
  }

  async function lint(): Promise<{ document: unknown; status: number }> {
    const { warnings, error } = await builder.check(request, {});
    const found = warnings.flatMap(({ rule, message, line, endLine = line }) =>
      rule === undefined
        ? []
        : [
            {
              ruleName: rule,
              description: rules[rule],
              url: ruleUrl(rule),
              detail: message,
              location: locationOf({ line, endLine }),
            },
          ],
    );
    const document = {
      warnings: found,
      sources: [{ filename: source.name, language: 'Dockerfile', data: encoded(source.text) }],
      ...(error && {
        buildError: {
          message: errorText(error, source),
          location: error instanceof DockerfileError ? locationOf(error.position) : {},
        },
      }),
    };
    return { document, status: found.length > 0 || error ? 1 : 0 };
  }
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

function locationOf({ line, endLine = line }: Place): object {
  return { sourceIndex: 0, ranges: [{ start: { line }, end: { line: endLine } }] };
}

function targetsOf({ targets }: DescribedBuild): object[] {
  return targets.map(({ name, isDefault, base, platform, description, ...place }) => ({
    ...(name && { name }),
    ...(isDefault && { default: true }),
    ...(description && { description }),
    ...(base && { base }),
    ...(platform && { platform }),
    location: locationOf(place),
  }));
}

function outlineOf({ targets, parameters }: DescribedBuild): object {
  const { args, mounts } = parameters();
  const target = targets.find(({ isTarget }) => isTarget);
  const named = (type: 'secret' | 'ssh'): object[] =>
    mounts
      .filter((mount) => mount.type === type)
      .map(({ name, required, ...place }) => ({
        name,
        ...(required && { required }),
        location: locationOf(place),
      }));
  return {
    ...(target?.name && { name: target.name }),
    ...(target?.description && { description: target.description }),
    args: args.map(({ name, value, description, ...place }) => ({
      name,
      ...(description && { description }),
      ...(value && { value }),
      location: locationOf(place),
    })),
    secrets: named('secret'),
    ssh: named('ssh'),
    cache: mounts
      .filter(({ type }) => type === 'cache')
      .map(({ name, ...place }) => ({ ID: name, location: locationOf(place) })),
  };
}

function describeRequests(): object[] {
  return Object.entries(requests).map(([name, description]) => ({
    name,
    version: '1.0.0',
    type: 'rpc',
    description,
    metadata: ['result.json', 'result.txt'].map((item) => ({ name: item })),
  }));
}
