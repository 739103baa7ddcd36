import { defineCommand } from '../command.ts';
import { configPath } from '../config-file.ts';
import { type Context, print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text, type Values } from '../flags.ts';
import { ask } from '../prompt.ts';
import { isUnencrypted, type Login, loginTo, serverName, storeLogin } from '../registry-auth.ts';

const flags = {
  password: text('Password or Personal Access Token (PAT)', 'p'),
  'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
  username: text('Username', 'u'),
} as const;

export const command = defineCommand({
  summary: 'Authenticate to a registry',
  usage: '[OPTIONS] [SERVER]',
  flags,
  args: { min: 0, max: 1 },
  async run(context, values, [given]) {
    const server = serverName(given);
    const login = (await kept(context, values, server)) ?? (await askFor(context, values, server));
    const { Status, IdentityToken } = await context.client.system.auth(login);
    if (isUnencrypted(context, server)) warn(context);
    const { username = '', password = '', serveraddress = server } = login;
    await storeLogin(context, { username, password, serveraddress, identitytoken: IdentityToken });
    print(context, Status || 'Login Succeeded');
  },
});

/** The login that is kept, where none is given; undefined when it has to be asked for. */
async function kept(
  context: Context,
  values: Values<typeof flags>,
  server: string,
): Promise<Login | undefined> {
  if (values.username !== undefined || values.password !== undefined || values['password-stdin'])
    return undefined;
  const login = await loginTo(context, server);
  if (!login?.username && !login?.identitytoken) return undefined;
  context.err.write(`Authenticating with existing credentials... [Username: ${login.username ?? ''}]\n`);
  return { ...login, serveraddress: server };
}

async function askFor(context: Context, values: Values<typeof flags>, server: string): Promise<Login> {
  const { username: user, password: secret } = values;
  if (secret !== undefined && values['password-stdin'])
    throw new ExitError(1, 'conflicting options: cannot specify both --password and --password-stdin');
  if (values['password-stdin'] && user === undefined)
    throw new ExitError(1, 'the --password-stdin option requires --username to be set');
  if (secret !== undefined)
    context.err.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
  const username = user ?? (await askUser(context, 'Username: ', false));
  const given = values['password-stdin'] ? (await readAll(context)) || undefined : secret;
  const password = given ?? (await askUser(context, 'Password: ', true));
  if (username === '' || password === '') throw new ExitError(1, 'Error: Username and password are required');
  return { username, password, serveraddress: server };
}

async function askUser(context: Context, question: string, hidden: boolean): Promise<string> {
  if (!context.in.isTTY)
    throw new ExitError(1, 'Error: Cannot perform an interactive login from a non TTY device');
  return (await ask(context, question, { hidden })) ?? '';
}

async function readAll(context: Context): Promise<string> {
  let all = '';
  for await (const chunk of context.in) all += String(chunk);
  return all.replace(/\r?\n$/, '');
}

function warn(context: Context): void {
  context.err.write(
    `\nWARNING! Your credentials are stored unencrypted in '${configPath(context)}'.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/go/credential-store/\n\n`,
  );
}
