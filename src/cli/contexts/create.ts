import { contextName, DEFAULT_CONTEXT, hostVariable } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { DEFAULT_SOCKET } from '../engine-process.ts';
import { ExitError } from '../exit-code.ts';
import { list, text } from '../flags.ts';
import { dockerEndpoint, endpointPairs } from './docker-endpoint.ts';
import { checkContextName, ContextStore, type StoredContext, type TlsContents } from './store.ts';

export const command = defineCommand({
  summary: 'Create a context',
  usage: '[OPTIONS] CONTEXT',
  offline: true,
  flags: {
    description: text('Description of the context'),
    docker: list('set the docker endpoint: host=, ca=, cert=, key=, skip-tls-verify=, from='),
    from: text('create context from a named context'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    checkContextName(name);
    const store = new ContextStore(context.env);
    if (store.has(name)) throw new ExitError(1, `context "${name}" already exists`);
    const pairs = endpointPairs(flags.docker);
    const from =
      flags.from ??
      pairs.get('from') ??
      (flags.docker.length === 0 ? contextName(context.hostFlags, context.env) : '');
    const made = from === '' ? fromPairs(pairs) : copyOf(store, context, from);
    const Metadata =
      flags.description === undefined
        ? made.context.Metadata
        : { ...made.context.Metadata, Description: flags.description };
    store.put({ ...made.context, Name: name, Metadata }, made.tls);
    print(context, name);
    context.err.write(`Successfully created context "${name}"\n`);
  },
});

interface Made {
  readonly context: StoredContext;
  readonly tls: TlsContents;
}

function fromPairs(pairs: ReadonlyMap<string, string>): Made {
  const { tls, ...endpoint } = dockerEndpoint(pairs);
  return { context: { Name: '', Metadata: {}, Endpoints: { docker: endpoint } }, tls };
}

function copyOf(store: ContextStore, context: Context, name: string): Made {
  if (name !== DEFAULT_CONTEXT) return { context: store.get(name), tls: store.tls(name) };
  return { context: defaultContext(context), tls: {} };
}

/** The context that is in no store: what the environment says, or our own engine. */
export function defaultContext({ env, hostFlags }: Context): StoredContext {
  const variable = hostVariable(env);
  const Host = hostFlags.host ?? (variable && env[variable]) ?? `unix://${DEFAULT_SOCKET}`;
  return { Name: DEFAULT_CONTEXT, Metadata: {}, Endpoints: { docker: { Host, SkipTLSVerify: false } } };
}
