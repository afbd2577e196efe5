/** An error as a client gets it: without stack and cause, and with the database's name instead of its address. */
import { errorToJson } from '../../wire/error-json.js';

export function errorMessage(error: unknown, database: string): Record<string, unknown> {
  const { stack: _, cause: __, fields = {}, message, ...rest } = errorToJson(error);
  const { url } = fields;
  if (typeof url !== 'string') return { ...rest, message, fields };
  return { ...rest, message: message.replaceAll(url, database), fields: { ...fields, url: database } };
}
