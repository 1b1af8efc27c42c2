/**
 * Whether every combination of faults is tested, as `npm run test:faults` does. `npm test` takes a selection, in which
 * every kind of fault and every step of a release occurs.
 */
export const everyFault = process.env["HANDOVER_FAULTS"] === "all";
