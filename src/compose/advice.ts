import type { Client } from '../client/client.ts';

/** What is not well, but makes nothing fail. */
const risks = new Set([
  'CPU-THROTTLED',
  'DATA-EPHEMERAL',
  'FW-BYPASS',
  'SIG-IGNORED',
  'SOCK-ROOT',
  'TZ-NODATA',
  'ZOMBIES',
]);

/** What the engine sees that made a container fail, with what helps, one line each. Nothing of an engine that is not ours. */
export async function adviceOn(client: Client, id: string): Promise<string[]> {
  try {
    const findings = await client.containers.findings(id);
    return findings
      .filter(({ code, fix }) => fix !== '' && !risks.has(code))
      .map(({ text, fix }) => `${text}; ${fix}`);
  } catch {
    return []; // it is gone, or the engine does not know
  }
}
