import { messageOf } from '../lib/errors.ts';
import { ResponseError } from '../client/transport.ts';
import { problemAt } from './load/compose-error.ts';
import { at, type Place } from './load/tree.ts';
import { scalarText } from './model/document-values.ts';
import type { Service } from './model/types.ts';
import type { Work } from './work.ts';

/** The failure of a start with the place of the port that is taken and, if the engine does not say it, the container that has it. */
export async function explainPort(work: Work, service: Service, error: unknown): Promise<unknown> {
  const message = messageOf(error);
  const port = /(?:Bind for|bind host port for|listen \w+) (?:\[[^\]]*\]|[\d.]*):(\d+)/.exec(message)?.[1];
  const place = port === undefined ? undefined : publishedAt(work, service, Number(port));
  if (port === undefined || !place || !/already (?:allocated|in use)/.test(message)) return error;
  const holder = message.includes('(held by ') ? undefined : await containerWith(work, port);
  const short = message.replace(/^.*programming external connectivity on endpoint \S+ \(\w+\): /, '');
  const prefix = error instanceof ResponseError ? 'Error response from daemon: ' : '';
  return problemAt(place, `${prefix}${short}${holder === undefined ? '' : ` (held by container ${holder})`}`);
}

/** Where a service publishes a port. */
function publishedAt({ project }: Work, { name }: Service, port: number): Place | undefined {
  const ports = at(project.tree, 'services', name, 'ports');
  const item = (ports?.kind === 'list' ? ports.items : []).find((one) => {
    const [from = '', to = from] = (scalarText(at(one, 'published')) ?? '').split('-');
    return from !== '' && Number(from) <= port && port <= Number(to);
  });
  return item?.place;
}

async function containerWith({ client }: Work, port: string): Promise<string | undefined> {
  const [holder] = await client.containers.list({ filters: { publish: [port] } }).catch(() => []);
  return holder?.Names[0]?.slice(1);
}
