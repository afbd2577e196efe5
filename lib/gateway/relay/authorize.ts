/** How the relay learns what a connection may do. */
import type { Observable } from 'rxjs';
import type { Rights } from './rights.js';

/** Who connects: what the HTTP request and the `hello` have told. */
export interface Visitor {
  readonly token?: string;
  readonly client?: string;
  /** The address that it connects from, for logs. */
  readonly address?: string;
  /** Headers of the HTTP request, names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The same object for all that one connection asks. */
  readonly connection?: object;
}

/** Emits the rights once; errors with `AccessDenied` if it may not connect. Asked again with every newer token. */
export type Authorize = (visitor: Visitor) => Observable<Rights>;
