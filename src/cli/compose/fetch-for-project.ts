import { fetchCopy } from '../../compose/remote/fetch-copy.ts';
import { registryLogin } from '../registry-auth.ts';
import type { ComposeContext } from './globals.ts';

/** Fetches a Compose file that lies elsewhere, with the user's own logins. */
export const fetchForProject = (context: ComposeContext, reference: string): Promise<string> =>
  fetchCopy(reference, {
    env: context.env,
    signal: context.signal,
    authFor: (image) => registryLogin(context, image),
  });
