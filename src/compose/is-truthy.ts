/** As Compose takes the variables that are meant for itself. */
export const isTruthy = (value: string | undefined): boolean =>
  /^(1|t|true|y|yes|on)$/i.test(value?.trim() ?? '');
