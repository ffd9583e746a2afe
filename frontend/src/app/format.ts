// Where base units, seconds and bytes become what people read.

import { useQuery } from "@tanstack/react-query";
import { formatAmount } from "depin";
import { useCallback } from "react";
import { useSite } from "./site.ts";

const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("en", {
	day: "numeric",
	month: "short",
	hour: "2-digit",
	minute: "2-digit",
	hour12: false,
});

/** "14:03:20" of today, else "12 Nov, 14:03"; unix seconds. */
export function formatTime(time: number): string {
	const date = new Date(time * 1000);
	return (Date.now() - date.getTime() < 43_200_000 ? clock : day).format(date);
}

/** "45 s", "12 min", "3 h", "2 d". */
export function formatSpan(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	if (whole < 120) return `${whole} s`;
	if (whole < 7_200) return `${Math.round(whole / 60)} min`;
	return whole < 172_800 ? `${Math.round(whole / 3_600)} h` : `${Math.round(whole / 86_400)} d`;
}

export function formatBytes(bytes: number): string {
	if (bytes < 1_024) return `${bytes} B`;
	const unit = bytes < 1_048_576 ? "KiB" : bytes < 1_073_741_824 ? "MiB" : "GiB";
	const divisor = { KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 }[unit];
	return `${(bytes / divisor).toFixed(1)} ${unit}`;
}

/** Writes amounts of this market's asset; a dash until its decimals are known. */
export function useAmount(): (baseUnits: bigint) => string {
	const { gateway } = useSite();
	const { data } = useQuery({
		queryKey: ["asset"],
		queryFn: () => gateway.asset(),
		staleTime: Number.POSITIVE_INFINITY,
	});
	return useCallback(
		(baseUnits) => (data === undefined ? "–" : `${formatAmount(baseUnits, data.decimals)} ${data.symbol}`),
		[data],
	);
}
