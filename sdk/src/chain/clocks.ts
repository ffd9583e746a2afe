/** Seconds a job has for pulling its image and inputs and starting, beyond its timeout. */
export const START_ALLOWANCE = 600;
/** Seconds before the deadline at which a node stops the container, to collect and submit in time. */
export const SUBMIT_GRACE = 300;
/** Seconds a stopped job has left, at most. */
export const STOP_GRACE = 600;

/** Seconds from claim to submit for a job whose tasks run one after the other, `timeout` seconds each at most. */
export function maxRunOf(timeout: number, tasksPerLot: number): number {
	return START_ALLOWANCE + timeout * tasksPerLot + SUBMIT_GRACE;
}
