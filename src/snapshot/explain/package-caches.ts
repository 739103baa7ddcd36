/** Directories in which package managers keep what can be had again. */
const caches: readonly (readonly [name: string, path: RegExp])[] = [
  ['apt lists', /^var\/lib\/apt\/lists(?=\/)/],
  ['apt archives', /^var\/cache\/apt(?=\/)/],
  ['apk', /^(?:var|etc\/apk)\/cache(?:\/apk)?(?=\/APKINDEX|\/[^/]*\.apk$)/],
  ['dnf', /^var\/(?:cache|lib)\/(?:dnf|yum|libdnf5)(?=\/.*(?:cache|repodata|packages|\.solv))/],
  ['pip', /^(?:root|home\/[^/]+)\/\.cache\/pip(?=\/)/],
  ['uv', /^(?:root|home\/[^/]+)\/\.cache\/uv(?=\/)/],
  ['poetry', /^(?:root|home\/[^/]+)\/\.cache\/pypoetry(?=\/)/],
  ['npm', /^(?:root|home\/[^/]+)\/\.npm\/_(?:cacache|logs)(?=\/)/],
  [
    'yarn',
    /^(?:usr\/local\/share\/\.cache\/yarn|(?:root|home\/[^/]+)\/(?:\.cache\/yarn|\.yarn\/berry\/cache))(?=\/)/,
  ],
  ['pnpm', /^(?:root|home\/[^/]+)\/(?:\.local\/share\/pnpm\/store|\.cache\/pnpm)(?=\/)/],
  ['go build', /^(?:root|home\/[^/]+)\/\.cache\/go-build(?=\/)/],
  ['go modules', /^(?:go|(?:root|home\/[^/]+)\/go)\/pkg\/mod(?=\/)/],
  ['cargo', /^(?:usr\/local\/cargo|(?:root|home\/[^/]+)\/\.cargo)\/(?:registry|git)(?=\/)/],
  ['composer', /^(?:root|home\/[^/]+)\/(?:\.composer\/cache|\.cache\/composer)(?=\/)/],
  ['gradle', /^(?:root|home\/[^/]+)\/\.gradle\/caches(?=\/)/],
];

/** The cache that a file belongs to, with its directory. */
export function cacheOf(path: string): { readonly name: string; readonly path: string } | undefined {
  for (const [name, expression] of caches) {
    const found = expression.exec(path)?.[0];
    if (found !== undefined) return { name, path: `/${found}` };
  }
  return undefined;
}
