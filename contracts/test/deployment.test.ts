import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { type Address, encodeFunctionData, getContract, zeroHash } from "viem";
import Market from "../../deploy/ignition/modules/Market.ts";
import { marketAbi } from "../../sdk/src/abi/market.ts";

const authorityAbi = [
	{
		type: "function",
		name: "canCall",
		stateMutability: "view",
		inputs: [
			{ name: "caller", type: "address" },
			{ name: "target", type: "address" },
			{ name: "selector", type: "bytes4" },
		],
		outputs: [
			{ name: "immediate", type: "bool" },
			{ name: "delay", type: "uint32" },
		],
	},
	{
		type: "function",
		name: "hasRole",
		stateMutability: "view",
		inputs: [
			{ name: "roleId", type: "uint64" },
			{ name: "account", type: "address" },
		],
		outputs: [
			{ name: "isMember", type: "bool" },
			{ name: "executionDelay", type: "uint32" },
		],
	},
] as const;

const DAY = 86_400;

describe("a deployment on a public chain", async () => {
	const { ignition, viem } = await network.create();
	const reader = await viem.getPublicClient();
	const [deployer, governor] = await viem.getWalletClients();
	assert.ok(deployer && governor);
	const asset = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
	const beacon = await viem.deployContract("LocalBeacon"); // any contract will do; this chain is a local one
	const deployed: Record<"market" | "authority" | "arbiter", { address: Address }> = await ignition.deploy(Market, {
		parameters: {
			Market: {
				asset,
				beacon: beacon.address,
				governor: governor.account.address,
				class1Stake: 100_000_000n,
				class1Document: zeroHash,
			},
		},
	});
	const market = getContract({ address: deployed.market.address, abi: marketAbi, client: reader });
	const authority = getContract({ address: deployed.authority.address, abi: authorityAbi, client: reader });

	it("fixes its asset and clocks", async () => {
		assert.deepEqual(await market.read.config(), {
			asset,
			activation: 3_600,
			challengeFloor: 600,
			livenessBps: 2_000,
			arbiter: deployed.arbiter.address,
		});
		assert.equal((await market.read.classOf([1])).minStake, 100_000_000n);
		assert.equal((await market.read.params()).feeBps, 200);
	});

	it("leaves the deployer no power", async () => {
		const [isAdmin] = await authority.read.hasRole([0n, deployer.account.address]);
		assert.equal(isAdmin, false);
		for (const call of calls()) {
			const may = await authority.read.canCall([
				deployer.account.address,
				market.address,
				call.slice(0, 10) as `0x${string}`,
			]);
			assert.deepEqual(may, [false, 0]);
		}
	});

	it("lets the governor act only with notice, but pause at once", async () => {
		const delays: number[] = [];
		for (const call of calls()) {
			const [immediate, delay] = await authority.read.canCall([
				governor.account.address,
				market.address,
				call.slice(0, 10) as `0x${string}`,
			]);
			assert.equal(immediate, delay === 0);
			delays.push(delay);
		}
		assert.deepEqual(delays, [2 * DAY, 2 * DAY, 14 * DAY, 21 * DAY, 0]);
		const [isAdmin, notice] = await authority.read.hasRole([0n, governor.account.address]);
		assert.deepEqual([isAdmin, notice], [true, 21 * DAY]);
	});
});

/** One of each governed call. */
function calls() {
	const params = { feeBps: 0, minBondBps: 0, minJobEscrow: 0n };
	return [
		encodeFunctionData({ abi: marketAbi, functionName: "setParams", args: [params] }),
		encodeFunctionData({ abi: marketAbi, functionName: "payTreasury", args: [`0x${"11".repeat(20)}`, 0n] }),
		encodeFunctionData({ abi: marketAbi, functionName: "setClass", args: [1, 1n, 1, zeroHash] }),
		encodeFunctionData({ abi: marketAbi, functionName: "enableArbiter", args: [`0x${"22".repeat(20)}`] }),
		encodeFunctionData({ abi: marketAbi, functionName: "pauseNew", args: [0] }),
	];
}
