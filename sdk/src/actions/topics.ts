import { type Hex, numberToHex, pad, toEventSelector } from "viem";
import { marketAbi } from "../abi/market.ts";
import type { MarketEvent } from "./write.ts";

/** First topic of a Market event. */
export function selectorOf(eventName: MarketEvent["eventName"]): Hex {
	const event = marketAbi.find((entry) => entry.type === "event" && entry.name === eventName);
	if (event?.type !== "event") throw new TypeError(`the Market's ABI has no event ${eventName}`);
	return toEventSelector(event);
}

/** An indexed number or address as a topic. */
export function topicOf(value: number | Hex): Hex {
	return pad(typeof value === "number" ? numberToHex(value) : value, { size: 32 }).toLowerCase() as Hex;
}
