/** Logs when the database ceases to answer, and when it answers again; not where it is. */
import type { Observable, Subscription } from 'rxjs';
import type { Status } from '../../ports/status.js';
import type { GatewayLog } from './gateway-log.js';

export function statusLog(status$: Observable<Status>, log: GatewayLog): Subscription {
  let isAway = false;
  return status$.subscribe({
    next: (status) => {
      if (status._tag === 'failed' && !isAway) log.warn('database', 'The database does not answer', { reason: status.error._tag });
      if (status._tag === 'ready' && isAway) log.info('database', 'The database answers again');
      if (status._tag === 'failed' || status._tag === 'ready') isAway = status._tag === 'failed';
    },
    error: log.failed,
  });
}
