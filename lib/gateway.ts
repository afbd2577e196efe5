/** `blissdata-rx/gateway`: serves a database to browsers, on Node. */
export { gateway, type Gateway } from './gateway/gateway.js';
export type { GatewayLimits, GatewayOptions } from './gateway/gateway-options.js';
export type { GatewayRole, GatewayToken, TokenCriteria } from './gateway/access/token-file.js';
export type { ConnectedStore } from './gateway/http/place.js';
export { jsonLine, textLine, type GatewayEvent, type GatewayLogEntry } from './gateway/reports/log.js';
export type { Authorize, Visitor } from './gateway/relay/authorize.js';
export type { Rights } from './gateway/relay/rights.js';
