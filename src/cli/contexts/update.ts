import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { list, text } from '../flags.ts';
import { dockerEndpoint, endpointPairs } from './docker-endpoint.ts';
import { checkContextName, ContextStore } from './store.ts';

export const command = defineCommand({
  summary: 'Update a context',
  usage: '[OPTIONS] CONTEXT',
  offline: true,
  flags: {
    description: text('Description of the context'),
    docker: list('set the docker endpoint: host=, ca=, cert=, key=, skip-tls-verify='),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    checkContextName(name);
    const store = new ContextStore(context.env);
    const before = store.get(name);
    const Metadata =
      flags.description === undefined
        ? before.Metadata
        : { ...before.Metadata, Description: flags.description };
    if (flags.docker.length === 0) store.put({ ...before, Metadata });
    else {
      const { tls, ...endpoint } = dockerEndpoint(endpointPairs(flags.docker));
      store.put({ ...before, Metadata, Endpoints: { ...before.Endpoints, docker: endpoint } }, tls);
    }
    print(context, name);
    context.err.write(`Successfully updated context "${name}"\n`);
  },
});
