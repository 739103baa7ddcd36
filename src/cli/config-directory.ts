import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Docker's command line keeps its settings, contexts and logins; we share them. */
export const configDirectory = (env: NodeJS.ProcessEnv): string =>
  env['DOCKER_CONFIG'] || join(homedir(), '.docker');
