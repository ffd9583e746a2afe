// What a running job prints, straight from its node (or its relay): every line is signed by the node and checked here.
import { useMutation } from "@tanstack/react-query";
import { DepinError, type JobRef } from "depin";
import { channelAccessTypedData, followLogs } from "depin/channel";
import { useEffect, useRef, useState } from "react";
import type { Address } from "viem";
import { lastHeartbeat } from "../app/lastHeartbeat.ts";
import { useSite } from "../app/site.ts";
import { signingMarket } from "../chain/market.ts";
import { useWallet } from "../wallet/wallet.ts";
import { createLineBuffer } from "./lineBuffer.ts";

/** Longer than anybody watches without looking away, seconds. */
const GRANT_SECONDS = 12 * 3_600;

export type LiveLog = { lines: readonly string[]; state: "connected" | "reconnecting" | "ended" };

/** Starts when `mutate` is called, as the wallet has to sign who asks. */
export function useLiveLog({ orderId, job }: JobRef, node: Address) {
	const { config, gateway } = useSite();
	const wallet = useWallet();
	const [log, setLog] = useState<LiveLog>();
	const ending = useRef(new AbortController());
	useEffect(() => {
		const here = new AbortController();
		ending.current = here;
		return () => here.abort();
	}, []);
	const following = useMutation({
		async mutationFn() {
			if (wallet === undefined) return;
			const market = await signingMarket(config, wallet);
			const { deployment } = market;
			const heartbeat = await lastHeartbeat(gateway, node);
			const url = heartbeat?.heartbeat.channel;
			if (url === undefined)
				throw new DepinError("Its node shows no live log", { hint: "The whole log is part of the result." });
			const grant = { orderId, node, expiresAt: Math.floor(Date.now() / 1000) + GRANT_SECONDS };
			const signature = await market.signTypedData({
				account: wallet.address,
				...channelAccessTypedData(deployment, grant),
			});
			const { signal } = ending.current;
			const buffer = createLineBuffer((lines) => setLog((was) => ({ state: was?.state ?? "connected", lines })));
			const onState = (state: LiveLog["state"]) => setLog((was) => ({ lines: was?.lines ?? [], state }));
			const access = { ...grant, signature };
			for await (const event of followLogs({ url, deployment, job, access, signal, onState }))
				if (event.kind === "lines") buffer.add(event.lines);
			buffer.flush();
			onState("ended");
		},
	});
	return { log, following, wallet };
}
