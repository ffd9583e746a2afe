import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { startRegistry, type TestRegistry } from "../../test/registry.ts";
import { keysFor, type SignaturePolicy, signaturePolicySchema, unsigned } from "./imagePolicy.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
const CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
const options = { allowPrivate: true, signal: AbortSignal.timeout(60_000) };

const pair = (namedCurve = "P-256") => generateKeyPairSync("ec", { namedCurve });
const pem = ({ publicKey }: { publicKey: KeyObject }) => String(publicKey.export({ type: "spki", format: "pem" }));
const [ours, others] = [pair(), pair()];
const everything: SignaturePolicy = [{ images: ["*"], keys: [pem(ours)] }];

describe("signatures at a real registry", { skip: lackOf("docker-registry") }, () => {
	let registry: TestRegistry;
	let images = 0;
	before(async () => {
		registry = await startRegistry();
	});
	after(() => registry.stop());

	/** A manifest nobody has signed yet: that it holds no image matters to no signature. */
	async function pushed(): Promise<string> {
		const config = await registry.blob(
			"a",
			Buffer.from(`{"n":${++images}}`),
			"application/vnd.oci.image.config.v1+json",
		);
		const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] };
		return (await registry.manifest("a", manifest)).digest;
	}

	const says = (digest: string, type = "cosign container image signature") => ({
		critical: { identity: { "docker-reference": "a" }, image: { "docker-manifest-digest": digest }, type },
		optional: null,
	});

	/** As `cosign sign --key` leaves it. */
	async function signs(key: KeyObject, digest: string, payload: object = says(digest), signature?: string) {
		const bytes = Buffer.from(JSON.stringify(payload));
		const layer = await registry.blob("a", bytes, PAYLOAD);
		const by = signature ?? sign("sha256", bytes, key).toString("base64");
		const layers = [{ ...layer, annotations: { "dev.cosignproject.cosign/signature": by } }];
		const config = await registry.blob("a", Buffer.from("{}"), "application/vnd.oci.image.config.v1+json");
		await registry.manifest(
			"a",
			{ schemaVersion: 2, mediaType: MANIFEST, config, layers },
			`${digest.replace(":", "-")}.sig`,
		);
	}
	const refusal = (digest: string, policy = everything) => unsigned(policy, `${registry.host}/a@${digest}`, options);

	test("default", async () => {
		const digest = await pushed();
		assert.match((await refusal(digest)) ?? "", /must be signed by sha256:[0-9a-f]{16}, and is not; sign it/);
		await signs(ours.privateKey, digest);
		assert.equal(await refusal(digest), undefined);
	});

	test("behavior: one of several keys is enough", async () => {
		const digest = await pushed();
		await signs(others.privateKey, digest);
		assert.equal(await refusal(digest, [{ images: ["*"], keys: [pem(ours), pem(others)] }]), undefined);
	});

	const forged: [string, (digest: string) => Promise<void>][] = [
		["by another key", (digest) => signs(others.privateKey, digest)],
		["of another image", async (digest) => signs(ours.privateKey, digest, says(await pushed()))],
		["of something else than an image", (digest) => signs(ours.privateKey, digest, says(digest, "a letter"))],
		["without a signature in it", (digest) => signs(ours.privateKey, digest, says(digest), "")],
		["of bytes that are no signature", (digest) => signs(ours.privateKey, digest, says(digest), "AAAA")],
		["over a payload that says nothing", (digest) => signs(ours.privateKey, digest, {})],
	];
	for (const [what, forge] of forged)
		test(`behavior: a signature ${what} is none`, async () => {
			const digest = await pushed();
			await forge(digest);
			assert.match((await refusal(digest)) ?? "", /and is not/);
		});
});

test("behavior: a registry that does not answer has not said yes", async () => {
	await assert.rejects(unsigned(everything, `127.0.0.1:1/a@sha256:${"ab".repeat(32)}`, options), { retriable: true });
});

test("behavior: an image by CID has no signature, and runs where its CID is listed", async () => {
	assert.match((await unsigned(everything, CID, options)) ?? "", /list the CID/);
	assert.equal(await unsigned([{ images: [CID], keys: [] }, ...everything], CID, options), undefined);
});

test("behavior: the first rule that matches decides, however a name is spelled", () => {
	const digest = `sha256:${createHash("sha256").digest("hex")}`;
	const policy = [{ images: ["docker.io/library/*"], keys: [pem(ours)] }];
	for (const name of ["debian", "docker.io/debian", "docker.io/library/debian", "registry-1.docker.io/library/debian"])
		assert.equal(keysFor(policy, `${name}@${digest}`).length, 1, name);
	for (const name of ["localhost/debian", "ghcr.io/library/debian", "acme/debian"])
		assert.equal(keysFor(policy, `${name}@${digest}`).length, 0, name);
});

test("behavior: a key of another kind is refused at start", () => {
	for (const key of [pem(pair("P-384")), "no key", pem(generateKeyPairSync("ed25519"))])
		assert.equal(signaturePolicySchema.safeParse([{ images: ["*"], keys: [key] }]).success, false);
	assert.equal(signaturePolicySchema.safeParse(everything).success, true);
});
