/** What the web server answers at which path. */
import type { IncomingMessage } from 'node:http';
import type { Pages } from './pages.js';
import { metricsType } from '../reports/prometheus-text.js';
import type { Readiness } from '../reports/readiness.js';
import { textAnswer, type Answer } from './responses.js';

export interface RouteOptions {
  readonly readiness: Pick<Readiness, 'get'>;
  readonly metrics: () => string;
  readonly isDraining: () => boolean;
  readonly pages: Pages;
}

export const routes =
  ({ readiness, metrics, isDraining, pages }: RouteOptions) =>
  async (path: string, { headers }: IncomingMessage): Promise<Answer> => {
    switch (path) {
      // That it answers at all is the answer.
      case '/healthz':
        return textAnswer(200, 'ok');
      case '/readyz':
        if (isDraining()) return textAnswer(503, 'The gateway goes down.');
        return (await readiness.get()) ? textAnswer(200, 'ready') : textAnswer(503, 'The database does not answer.');
      case '/metrics':
        return { status: 200, headers: { 'Content-Type': metricsType, 'Cache-Control': 'no-store' }, body: metrics() };
      default:
        return pages.answer(path, headers);
    }
  };
