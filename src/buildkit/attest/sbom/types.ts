/** A package that is installed in an image. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl: string;
  /** As the package says. */
  readonly license?: string;
  readonly supplier?: string;
  /** The file that tells of it. */
  readonly from: string;
}

/** Reads one kind of package database. */
export interface PackageReader {
  /** Whether a file, by its path below the root, is such a database. */
  reads(path: string): boolean;
  /** Largest file worth reading, bytes. */
  readonly limit: number;
  packages(
    text: string,
    about: { readonly path: string; readonly distribution: Distribution },
  ): FoundPackage[];
}

/** What /etc/os-release says. */
export interface Distribution {
  readonly id: string;
  readonly version: string;
}
