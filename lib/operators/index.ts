/** The pipeable operators, published as `blissdata-rx/operators`. */
export { publishTo, type Publisher, type PublishOptions } from './publish-to.js';
