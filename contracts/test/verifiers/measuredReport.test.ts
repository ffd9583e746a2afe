import assert from "node:assert/strict";
import { createECDH, createPrivateKey, sign } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { encodeAbiParameters, type Hex, hexToBytes, pad, toHex, zeroHash } from "viem";

// A test key: no machine and no vendor stands behind it.
const SECRET = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const ORDER_OF_P256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const MEASURED: Hex = `0x${"11".repeat(32)}`;
const DIGEST: Hex = `0x${"22".repeat(32)}`;

const ecdh = createECDH("prime256v1");
ecdh.setPrivateKey(SECRET, "hex");
const point = ecdh.getPublicKey();
const [x, y] = [point.subarray(1, 33), point.subarray(33, 65)];
const jwk = { kty: "EC", crv: "P-256", d: base64(Buffer.from(SECRET, "hex")), x: base64(x), y: base64(y) };
const key = createPrivateKey({ key: jwk, format: "jwk" });

interface Report {
	measurement: Hex;
	securityVersion: bigint;
	reportData: Hex;
	deviceData: Hex;
}

const reportType = {
	type: "tuple",
	components: [
		{ name: "measurement", type: "bytes32" },
		{ name: "securityVersion", type: "uint256" },
		{ name: "reportData", type: "bytes32" },
		{ name: "deviceData", type: "bytes32" },
	],
} as const;

describe("a report of measured software", async () => {
	const { viem } = await network.create();
	const verifier = await viem.deployContract("MeasuredReportVerifier", [{ x: toHex(x), y: toHex(y) }, [MEASURED], 3n]);
	const good: Report = { measurement: MEASURED, securityVersion: 3n, reportData: DIGEST, deviceData: zeroHash };
	const terms = {
		consumerSalt: 0n,
		nodeShape: 0n,
		arbiterTimes: 0n,
		verifierTimes: 0n,
		taskRoot: zeroHash,
		price: 0n,
		bondFee: 0n,
		manifest: zeroHash,
	};
	const result = {
		resultRoot: zeroHash,
		outputsDigest: zeroHash,
		statementHash: zeroHash,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		outcome: 0n,
	};
	const reader = await viem.getPublicClient();
	const accepts = (evidence: Hex, digest: Hex = DIGEST) =>
		reader.readContract({
			address: verifier.address,
			abi: verifier.abi,
			functionName: "verify",
			args: [digest, terms, result, evidence],
		});

	it("counts when all of it fits", async () => {
		assert.equal(await accepts(evidenceOf(good)), true);
		assert.equal(await accepts(evidenceOf({ ...good, securityVersion: 9n, deviceData: DIGEST })), true);
	});

	it("does not count for another result, other software or old firmware", async () => {
		assert.equal(await accepts(evidenceOf(good), MEASURED), false);
		assert.equal(await accepts(evidenceOf({ ...good, measurement: DIGEST })), false);
		assert.equal(await accepts(evidenceOf({ ...good, securityVersion: 2n })), false);
	});

	it("does not count when the signature is of another report, or of the other form", async () => {
		assert.equal(await accepts(evidenceOf(good, { ...good, securityVersion: 4n })), false);
		assert.equal(await accepts(evidenceOf(good, good, true)), false);
	});
});

/** Evidence of `report`, signed as `signed`; `high` takes the signature's twin in the upper half. */
function evidenceOf(report: Report, signed = report, high = false): Hex {
	const message = hexToBytes(encodeAbiParameters([reportType], [signed]));
	const signature = sign("sha256", message, { key, dsaEncoding: "ieee-p1363" });
	const s = BigInt(toHex(signature.subarray(32)));
	const low = s > ORDER_OF_P256 / 2n ? ORDER_OF_P256 - s : s;
	const parts = { report, r: toHex(signature.subarray(0, 32)), s: pad(toHex(high ? ORDER_OF_P256 - low : low)) };
	const type = {
		type: "tuple",
		components: [
			{ ...reportType, name: "report" },
			{ name: "r", type: "bytes32" },
			{ name: "s", type: "bytes32" },
		],
	} as const;
	return encodeAbiParameters([type], [parts]);
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("base64url");
}
