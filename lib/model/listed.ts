/** Names for a message, which is to be read: not hundreds of them. */
const most = 20;

export const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none at all' : names.slice(0, most).map((name) => JSON.stringify(name)).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
