import type { JobRef } from "depin";
import { useState } from "react";
import type { Address } from "viem";
import { explain } from "../app/explain.ts";
import { Button } from "../design/Button.tsx";
import { Notice } from "../design/Notice.tsx";
import { Section } from "../design/Section.tsx";
import { WalletDialog } from "../wallet/WalletDialog.tsx";
import { LogView } from "./LogView.tsx";
import { useLiveLog } from "./useLiveLog.ts";

type LiveLogsProps = { of: JobRef; node: Address; consumer: string; running: boolean };

const words = {
	connected: "as it is written",
	reconnecting: "connection lost, going on …",
	ended: "the job has ended",
};

/** What the container prints, while it does. Only its consumer may look, by a signature that moves nothing. */
export function LiveLogs({ of, node, consumer, running }: LiveLogsProps) {
	const { log, following, wallet } = useLiveLog(of, node);
	const [connecting, setConnecting] = useState(false);
	const other = wallet !== undefined && wallet.address.toLowerCase() !== consumer.toLowerCase();
	// What somebody watches stays when the job ends; before that there is nothing to offer.
	if (other || (!running && log === undefined)) return null;
	return (
		<Section title="Live log" aside={log === undefined ? undefined : words[log.state]}>
			{log === undefined ? (
				<div className="flex flex-wrap items-center gap-3">
					<Button
						onClick={() => (wallet === undefined ? setConnecting(true) : following.mutate())}
						busy={following.isPending}
					>
						{wallet === undefined ? "Connect a wallet to watch" : "Watch it run"}
					</Button>
					<span className="text-small text-muted">
						A signature proves to the node that the order is yours. It moves nothing.
					</span>
				</div>
			) : (
				<LogView label="Live log" lines={log.lines} />
			)}
			{following.error !== null && (
				<div className="pt-3">
					<Notice tone="warn" title={explain(following.error).title}>
						{explain(following.error).hint}
					</Notice>
				</div>
			)}
			{connecting && <WalletDialog onClose={() => setConnecting(false)} />}
		</Section>
	);
}
