/** A place in a job's log: this line of this task is the next one. Written `<task>.<line>` as an event's id. */
export type Place = { task: number; line: number };

export const formatPlace = ({ task, line }: Place): string => `${task}.${line}`;

/** Undefined for what is no place. */
export function parsePlace(text: string): Place | undefined {
	const [, task, line] = /^(\d{1,10})\.(\d{1,10})$/.exec(text) ?? [];
	return task === undefined || line === undefined ? undefined : { task: Number(task), line: Number(line) };
}
