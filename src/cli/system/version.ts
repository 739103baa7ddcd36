import { messageOf } from '../../lib/errors.ts';
import { packageVersion } from '../../lib/package-version.ts';
import { API_VERSION, type VersionAnswer } from '../../wire/system.ts';
import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { printBy } from '../format/inspect.ts';

export const command = defineCommand({
  summary: 'Show the lading version information',
  usage: '[OPTIONS]',
  flags: { format: text('Format output using a custom template: json or TEMPLATE', 'f') },
  async run(context, flags) {
    const Client = {
      Version: packageVersion(),
      ApiVersion: API_VERSION,
      NodeVersion: process.version,
      Os: process.platform,
      Arch: process.arch,
    };
    if (flags.format !== undefined) {
      const Server = /Server|json/.test(flags.format) ? await context.client.system.version() : undefined;
      context.out.write(
        flags.format === 'json'
          ? `${JSON.stringify({ Client, Server })}\n`
          : printBy(flags.format, { Client, Server }),
      );
      return 0;
    }
    context.out.write(
      `Client:\n Version:      ${Client.Version}\n API version:  ${API_VERSION}\n Node version: ${Client.NodeVersion}\n OS/Arch:      ${Client.Os}/${Client.Arch}\n`,
    );
    try {
      context.out.write(serverText(await context.client.system.version()));
      return 0;
    } catch (error) {
      context.err.write(`${messageOf(error)}\n`);
      return 1;
    }
  },
});

function serverText(server: VersionAnswer): string {
  const parts = (server.Components ?? [])
    .map(({ Name, Version }) => ` ${Name}:\n  Version:      ${Version}\n`)
    .join('');
  return `\nServer: ${server.Platform?.Name ?? ''}\n Version:      ${server.Version}\n API version:  ${server.ApiVersion} (minimum version ${server.MinAPIVersion})\n OS/Arch:      ${server.Os}/${server.Arch}\n${parts}`;
}
