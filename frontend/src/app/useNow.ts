import { useEffect, useState } from "react";

/** The time in unix seconds, for what counts up or down on the page. */
export function useNow(everyMs: number): number {
	const [now, setNow] = useState(() => Date.now() / 1000);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now() / 1000), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}
