import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { writeFileAtomic } from '../../lib/atomic-file.ts';
import { exec } from '../../lib/exec.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { configPath, readConfig } from '../registry-auth.ts';

export const HUB = 'https://index.docker.io/v1/';

export const command = defineCommand({
  summary: 'Authenticate to a registry',
  usage: '[OPTIONS] [SERVER]',
  flags: {
    password: text('Password or Personal Access Token (PAT)', 'p'),
    'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
    username: text('Username', 'u'),
  },
  args: { min: 0, max: 1 },
  async run(context, flags, [server = HUB]) {
    const username = flags.username ?? (await ask(context, 'Username: '));
    const password = flags['password-stdin']
      ? await readAll(context)
      : (flags.password ?? (await ask(context, 'Password: ')));
    if (username === '' || password === '')
      throw new ExitError(1, 'Error: Cannot perform an interactive login without a user name and a password');
    const { Status, IdentityToken } = await context.client.system.auth({
      username,
      password,
      serveraddress: server,
    });
    await store(context, server, username, password, IdentityToken);
    print(context, Status || 'Login Succeeded');
  },
});

async function ask(context: Context, question: string): Promise<string> {
  if (!context.in.isTTY)
    throw new ExitError(1, 'Error: Cannot perform an interactive login from a non TTY device');
  const reader = createInterface({ input: context.in, output: context.out });
  try {
    return (await reader.question(question)).trim();
  } finally {
    reader.close();
  }
}

async function readAll(context: Context): Promise<string> {
  let text = '';
  for await (const chunk of context.in) text += String(chunk);
  return text.replace(/\r?\n$/, '');
}

async function store(
  context: Context,
  server: string,
  username: string,
  password: string,
  token: string,
): Promise<void> {
  const config = readConfig(context);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper !== undefined) {
    await exec(`docker-credential-${helper}`, ['store'], {
      input: JSON.stringify({
        ServerURL: server,
        Username: token ? '<token>' : username,
        Secret: token || password,
      }),
    });
    return;
  }
  const entry = token
    ? { auth: encode(username, ''), identitytoken: token }
    : { auth: encode(username, password) };
  const path = configPath(context);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(
    path,
    `${JSON.stringify({ ...config, auths: { ...config.auths, [server]: entry } }, undefined, '\t')}\n`,
  );
}

const encode = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64');
