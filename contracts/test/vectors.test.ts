import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { artifacts, network } from "hardhat";
import { type Abi, type Address, getContract } from "viem";
import Devnet from "../../deploy/ignition/modules/Devnet.ts";
import { devnetUsdAbi } from "../../sdk/src/abi/devnetUsd.ts";
import { marketAbi } from "../../sdk/src/abi/market.ts";

/** The contracts' side of the vectors: what the script computed without them, they must answer. */
function vectors(name: string) {
	return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), "utf8"));
}

describe("vectors", async () => {
	const { ignition, viem } = await network.create();
	const deployed: Record<"market" | "asset", { address: Address }> = await ignition.deploy(Devnet);
	const [deployer] = await viem.getWalletClients();
	assert.ok(deployer);
	const reader = await viem.getPublicClient();
	const client = { public: reader, wallet: deployer };
	const market = getContract({ address: deployed.market.address, abi: marketAbi, client });
	const asset = getContract({ address: deployed.asset.address, abi: devnetUsdAbi, client });

	// Test contracts have no generated ABI, so answers of the harness are of unknown type.
	const { abi, bytecode } = await artifacts.readArtifact("LibraryHarness");
	const hash = await deployer.deployContract({ abi: abi as Abi, bytecode: bytecode as `0x${string}` });
	const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
	assert.ok(contractAddress);
	const harness = (functionName: string, args: unknown[]): Promise<unknown> =>
		reader.readContract({ address: contractAddress, abi: abi as Abi, functionName, args });
	const { domain, orders } = vectors("orders");
	const termsOf = (name: string) => orders.find((entry: { name: string }) => entry.name === name).terms;

	it("the Market lies where the vectors were signed for", () => {
		assert.equal(market.address.toLowerCase(), domain.verifyingContract.toLowerCase());
	});

	for (const { name, order, terms, structHash, orderId } of orders) {
		it(`order: ${name}`, async () => {
			assert.equal(await harness("structHash", [terms]), structHash);
			assert.equal(await market.read.orderIdOf([terms]), orderId);
			assert.equal(await market.read.orderId([order]), orderId);
			assert.equal(await harness("canonical", [terms]), true);
			const unpacked = (await harness("order", [terms])) as Record<string, unknown>;
			for (const [field, value] of Object.entries(unpacked)) {
				assert.equal(String(value).toLowerCase(), String(order[field]).toLowerCase(), field);
			}
		});
	}

	it("results and receipts", async () => {
		const { results } = vectors("results");
		assert.ok(results.length >= 5);
		for (const { order, message, result, digest, receipt, receiptHash } of results) {
			assert.equal(await market.read.digestOf([termsOf(order), message.job, message.node, result]), digest);
			assert.equal(await harness("receiptHash", [receipt]), receiptHash);
		}
	});

	it("consent", async () => {
		const { message, signature } = vectors("consent");
		const owner = message.owner;
		const stake = 100_000_000n;
		await asset.write.mint([deployer.account.address, stake]);
		await asset.write.approve([market.address, stake]);
		await market.write.deposit([owner, stake]);
		const test = await viem.getTestClient();
		await test.impersonateAccount({ address: owner });
		await test.setBalance({ address: owner, value: 10n ** 18n });
		const zero = `0x${"00".repeat(32)}` as const;
		const deadline = BigInt(message.deadline);
		await market.write.register([message.node, message.class, 1, stake, zero, "", deadline, signature], {
			account: owner,
		});
		assert.equal((await market.read.nodeOf([message.node])).owner.toLowerCase(), owner.toLowerCase());
	});

	it("trees", async () => {
		for (const { specDigests, taskLeaves, taskRoot, taskProofs, outputs, resultRoot, resultProofs } of vectors(
			"trees",
		)) {
			for (const i of specDigests.keys()) {
				assert.equal(await harness("taskLeaf", [BigInt(i), specDigests[i]]), taskLeaves[i]);
				assert.ok(await harness("proves", [taskProofs[i], taskRoot, taskLeaves[i]]));
				const { taskLeaf, outputDigest, status, leaf } = outputs[i];
				assert.equal(await harness("resultLeaf", [BigInt(i), taskLeaf, outputDigest, status]), leaf);
				assert.ok(await harness("proves", [resultProofs[i], resultRoot, leaf]));
			}
		}
	});

	it("prices", async () => {
		for (const { order, delay, unitPrice, pays } of vectors("prices")) {
			assert.equal(await market.read.unitPrice([termsOf(order), delay]), BigInt(unitPrice), `${order} at ${delay}`);
			for (const { status, billed, pay } of pays) {
				const paid = await harness("payDown", [termsOf(order), delay, status, billed]);
				assert.equal(paid, BigInt(pay), `${order} at ${delay}, status ${status}, billed ${billed}`);
			}
		}
	});

	it("sortition", async () => {
		for (const { orderId, job, node, nodes, ticket, step } of vectors("sortition")) {
			assert.equal(await harness("ticket", [orderId, job, node]), BigInt(ticket));
			assert.equal(await harness("firstStep", [orderId, job, node, nodes]), BigInt(step));
			assert.equal(await harness("eligible", [orderId, job, node, nodes, step]), true);
			if (step > 0) assert.equal(await harness("eligible", [orderId, job, node, nodes, BigInt(step) - 1n]), false);
		}
	});
});
