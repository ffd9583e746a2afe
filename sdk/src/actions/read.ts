import type {
	ContractFunctionArgs,
	ContractFunctionName,
	ContractFunctionReturnType,
	ReadContractParameters,
} from "viem";
import { marketAbi } from "../abi/market.ts";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";

type ViewFunction = ContractFunctionName<typeof marketAbi, "view">;

/** One view of the Market at the latest block. */
export async function readMarket<const name extends ViewFunction>(
	client: MarketClient,
	functionName: name,
	args: ContractFunctionArgs<typeof marketAbi, "view", name>,
): Promise<ContractFunctionReturnType<typeof marketAbi, "view", name>> {
	try {
		const call = { address: client.deployment.market, abi: marketAbi, functionName, args };
		return (await client.readContract(call as ReadContractParameters)) as ContractFunctionReturnType<
			typeof marketAbi,
			"view",
			name
		>;
	} catch (error) {
		throw explainChainError(error, functionName);
	}
}
