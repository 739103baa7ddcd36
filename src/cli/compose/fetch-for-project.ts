import { fetchCopy } from '../../compose/remote/fetch-copy.ts';
import { loginTo, serverName } from '../registry-auth.ts';
import type { ComposeContext } from './globals.ts';

/** Fetches a Compose file that lies elsewhere, with the user's own logins. */
export const fetchForProject = (context: ComposeContext, reference: string): Promise<string> =>
  fetchCopy(reference, {
    env: context.env,
    signal: context.signal,
    authFor: async ({ domain }) => {
      const auth = await loginTo(context, serverName(domain));
      return auth && { ...auth, ...(auth.identitytoken && { identityToken: auth.identitytoken }) };
    },
  });
