import type { MarketClient } from "depin";
import { formatAmount } from "depin";
import { getOrder } from "depin/actions";
import { parseManifest } from "depin/jobs";
import { cidOfDigest, createContentClient, fetchRaw, RAW } from "depin/storage";
import type { Hex } from "viem";
import type { SiteConfig } from "../app/config.ts";

/** The job file that would order the same again, from what the chain and the storage hold. */
export async function fileOfOrder(
	market: MarketClient,
	{ storage }: SiteConfig,
	{ orderId, decimals }: { orderId: Hex; decimals: number },
): Promise<string> {
	const { order } = await getOrder(market, { orderId });
	const content = createContentClient({ sources: [storage.url] });
	const { bytes } = await fetchRaw(content, cidOfDigest(RAW, order.manifest));
	const { spec, parameters, tasksPerLot } = parseManifest(bytes).manifest;
	const batch = parameters.length > 1 || tasksPerLot > 1 ? { batch: { parameters, tasksPerLot } } : {};
	const price = (value: bigint) => formatAmount(value, decimals);
	const climbs = order.startPrice !== order.maxPrice && order.rampFor > 0;
	const prices = climbs
		? { startPrice: price(order.startPrice), maxPrice: price(order.maxPrice), rampFor: order.rampFor }
		: { price: price(order.maxPrice) };
	const section = { class: order.class, metered: order.metered, ...prices };
	return JSON.stringify({ ...spec, ...batch, order: section }, undefined, 2);
}
