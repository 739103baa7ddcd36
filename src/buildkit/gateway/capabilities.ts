interface Capability {
  readonly ID: string;
  readonly Enabled: true;
}

const enabled = (names: string): Capability[] =>
  names
    .trim()
    .split(/\s+/)
    .map((ID) => ({ ID, Enabled: true }));

/** What a client may ask of a build under way (BuildKit, gateway capabilities). */
export const frontendCapabilities: readonly Capability[] = enabled(`
  solve.base resolveimage resolveimage.resolvemode readfile readdir statfile return returnmap proto.refarray reference.output
  importcaches frontend.inputs frontend.caps gateway.solve.metadata gateway.solve.evaluate gateway.evaluate gateway.warnings
`);

/** What graphs may hold (BuildKit, LLB capabilities): clients look here for what the Dockerfile frontend can do. */
export const graphCapabilities: readonly Capability[] = enabled(`
  source.image source.image.resolvemode source.image.checksum source.local source.local.unique source.local.sessionid
  source.local.includepatterns source.local.followpaths source.local.excludepatterns source.local.sharedkeyhint
  source.http source.http.checksum source.git source.git.keepgitdir source.git.fullurl source.git.httpauth
  source.git.knownsshhosts source.git.mountsshsock source.git.subdir source.git.checksum
  exec.meta.base exec.meta.network exec.meta.proxyenv exec.meta.setsdefaultpath exec.mount.bind exec.mount.bind.readwrite-nooutput
  exec.mount.cache exec.mount.cache.sharing exec.mount.selector exec.mount.tmpfs exec.mount.tmpfs.size
  file.base file.copy.includeexcludepatterns file.copy.modestring file.symlink.create
  exporter.image.attestations exporter.image.annotations exporter.multiple exporter.sourcedateepoch
  constraints platform meta.ignorecache meta.description gc.freespacefilter
`);
