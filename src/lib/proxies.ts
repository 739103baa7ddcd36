const always = 'localhost,127.0.0.1,::1';

/** What an agent of Node's http is told of the proxies in some variables (HTTP_PROXY …); this machine needs none, as in Go's clients. */
export function proxyOptions(env: NodeJS.ProcessEnv | undefined): { proxyEnv?: NodeJS.ProcessEnv } {
  if (!env) return {};
  const exempt = [env['NO_PROXY'] ?? env['no_proxy'], always].filter(Boolean).join(',');
  return { proxyEnv: { ...env, NO_PROXY: exempt, no_proxy: exempt } };
}
