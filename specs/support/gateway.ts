/** Clients of gateways for tests. */
import { gatewayDatabase, type GatewayDatabase } from '../../lib/gateway/client/gateway-database.js';
import { webSockets } from '../../lib/node/web-socket.js';

/** @param silence after how many ms without a sign of life a connection is given up, in two steps of that */
export const databaseAt = (url: string, silence?: number): GatewayDatabase => gatewayDatabase(url, { openSocket: webSockets(), random: () => 0.5, ...(silence === undefined ? {} : { silence: () => silence }) });
