import type { NamedContext, NamedContexts } from '../../build/plan/named-contexts.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { Definition } from '../message-types.ts';
import { attributesUnder, type FrontendAttributes } from './attributes.ts';
import { receiveDirectory, receiveIgnoreFile, transferOf } from './local-context.ts';
import type { TaskTeller } from '../status/tell-task.ts';
import { resultOf } from './reference.ts';
import type { FrontendRun } from './run-dockerfile.ts';

/** Brings along what the client gave names to (`--build-context`). Received directories are let go of by `held`. */
export async function namedContexts(
  run: FrontendRun,
  attributes: FrontendAttributes,
  held: DisposableStack,
): Promise<NamedContexts> {
  const named: Record<string, NamedContext> = {};
  for (const [name, value] of Object.entries(attributesUnder(attributes, 'context')))
    named[name] = await run.teller.during(`[context ${name}] load ${value}`, (task) =>
      load(run, { name, value }, held, task),
    );
  return named;
}

async function load(
  run: FrontendRun,
  { name, value }: { readonly name: string; readonly value: string },
  held: DisposableStack,
  task: TaskTeller,
): Promise<NamedContext> {
  const { context, session, signal } = run;
  const [scheme, rest = ''] = value.split(/:(?:\/\/)?(.*)/s) as [string, string?];
  switch (scheme) {
    case 'docker-image':
      return { kind: 'image', name: rest };
    case 'input':
      return resultAsImage(run, run.inputs[rest]);
    case 'local': {
      const exclude = await receiveIgnoreFile(context, session, rest, signal, task);
      const received = held.use(
        await receiveDirectory(
          context,
          session,
          { directory: rest, exclude },
          name,
          signal,
          transferOf(rest, task),
        ),
      );
      return { kind: 'directory', path: received.directory, ignore: exclude };
    }
    default:
      throw new EngineError(
        'not-implemented',
        `named context ${name}: ${value} is not supported by this engine`,
      );
  }
}

/** The result of another build of the client. */
async function resultAsImage(
  { context, results }: FrontendRun,
  definition: Definition | undefined,
): Promise<NamedContext> {
  if (!definition) throw invalid('an input of the frontend is missing');
  const { config, parent } = results(resultOf(definition)).image;
  const { id } = await context.images.create(config, { ...(parent && { parent }) });
  return { kind: 'image', name: id };
}
