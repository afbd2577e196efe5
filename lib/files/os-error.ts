/** What an error of the operating system's file functions says. Recognised by its shape, not its class, as it may come from another realm. */

const isObject = (cause: unknown): cause is object => typeof cause === 'object' && cause !== null;

const isNoSuchFile = (cause: unknown): boolean => isObject(cause) && 'code' in cause && cause.code === 'ENOENT';

/** The reason, for `FileNotReadable`. */
export function reasonOf(cause: unknown): string {
  if (isNoSuchFile(cause)) return 'there is no such file';
  return isObject(cause) && 'message' in cause ? String(cause.message) : String(cause);
}
