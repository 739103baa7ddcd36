import type { Client } from '../client/client.ts';

/** What the engine sees that made a container fail, with what helps, one line each. Nothing of an engine that is not ours. */
export async function adviceOn(client: Client, id: string): Promise<string[]> {
  try {
    const findings = await client.containers.findings(id);
    return findings.filter(({ fix }) => fix !== '').map(({ text, fix }) => `${text}; ${fix}`);
  } catch {
    return []; // it is gone, or the engine does not know
  }
}
