/** The faults of one commit message, as sentences; none when it is right. */
export function faultsOf(message: string): string[];
