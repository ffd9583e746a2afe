import type {
	Address,
	ContractFunctionArgs,
	ContractFunctionName,
	ContractFunctionReturnType,
	ReadContractParameters,
} from "viem";
import { panelArbiterAbi } from "../abi/panelArbiter.ts";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";

type ViewFunction = ContractFunctionName<typeof panelArbiterAbi, "view">;

/** One view of a panel arbiter at the latest block. */
export async function readPanel<const name extends ViewFunction>(
	client: MarketClient,
	arbiter: Address,
	functionName: name,
	args: ContractFunctionArgs<typeof panelArbiterAbi, "view", name>,
): Promise<ContractFunctionReturnType<typeof panelArbiterAbi, "view", name>> {
	try {
		const call = { address: arbiter, abi: panelArbiterAbi, functionName, args };
		return (await client.readContract(call as ReadContractParameters)) as ContractFunctionReturnType<
			typeof panelArbiterAbi,
			"view",
			name
		>;
	} catch (error) {
		throw explainChainError(error, functionName);
	}
}
