/** The query parameter `filters`: values by name, all values of one name are alternatives. */
export type Filters = Readonly<Record<string, readonly string[]>>;

export const encodeFilters = (filters: Filters): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(filters).map(([name, values]) => [
        name,
        Object.fromEntries(values.map((value) => [value, true])),
      ]),
    ),
  );
