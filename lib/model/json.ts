/** JSON values in blissdata: integers keep 64 bits (bigint beyond 2^53), and NaN, Infinity and -Infinity may occur. */

export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}
