/** What both ends of the gateway's protocol agree on before they say anything. */

/** The WebSocket subprotocol; its number changes where older ends could not read the messages any more. */
export const subprotocol = 'blissdata.v1';
/** The highest version of the messages that this end speaks. */
export const gatewayVersion = 1;
/** The path of the socket under the gateway's address. */
export const socketPath = '/v1/socket';
