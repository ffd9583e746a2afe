import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../deploy/setup/freePort.ts";
import { DOCKER_REGISTRY } from "../../deploy/setup/servers.ts";
import { until } from "./until.ts";

/** A registry of the distribution's package on a free port of the loopback, its files in a folder of its own. */
export type TestRegistry = {
	/** `127.0.0.1:<port>`: how images of it begin. */
	host: string;
	/** Stores bytes and returns a descriptor of them. */
	blob(repository: string, bytes: Uint8Array, mediaType: string): Promise<Descriptor>;
	/** Stores a manifest under its digest, and under a tag where one is given. */
	manifest(
		repository: string,
		manifest: { mediaType: string; [field: string]: unknown },
		tag?: string,
	): Promise<Descriptor>;
	stop(): Promise<void>;
};

export type Descriptor = { mediaType: string; digest: string; size: number };

export async function startRegistry(): Promise<TestRegistry> {
	const dir = await mkdtemp(join(tmpdir(), "depin-registry-"));
	const host = `127.0.0.1:${await freePort()}`;
	const config = {
		version: 0.1,
		log: { level: "error" },
		storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: false } },
		http: { addr: host },
		// Layers that lie elsewhere are what some tests are about.
		validation: { manifests: { urls: { allow: [".*"] } } },
	};
	await writeFile(join(dir, "config.yml"), JSON.stringify(config)); // JSON is YAML
	const registry = spawn(DOCKER_REGISTRY, ["serve", join(dir, "config.yml")], { stdio: "ignore" });
	const ended = new Promise((done) => registry.once("exit", done));
	const base = `http://${host}/v2`;
	await until("the registry answers", async () => (await fetch(`${base}/`).catch(() => undefined))?.ok);

	async function put(url: URL | string, body: Uint8Array, type: string): Promise<void> {
		const answer = await fetch(url, { method: "PUT", body: Buffer.from(body), headers: { "content-type": type } });
		if (!answer.ok) throw new Error(`${answer.status} for ${url}: ${await answer.text()}`);
	}

	return {
		host,
		async blob(repository, bytes, mediaType) {
			const described = describe(bytes, mediaType);
			const begun = await fetch(`${base}/${repository}/blobs/uploads/`, { method: "POST" });
			const url = new URL(begun.headers.get("location") ?? "", base);
			url.searchParams.set("digest", described.digest);
			await put(url, bytes, "application/octet-stream");
			return described;
		},
		async manifest(repository, manifest, tag) {
			const bytes = Buffer.from(JSON.stringify(manifest));
			const described = describe(bytes, manifest.mediaType);
			await put(`${base}/${repository}/manifests/${tag ?? described.digest}`, bytes, manifest.mediaType);
			return described;
		},
		async stop() {
			registry.kill("SIGTERM");
			await ended;
			await rm(dir, { recursive: true, force: true });
		},
	};
}

function describe(bytes: Uint8Array, mediaType: string): Descriptor {
	const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
	return { mediaType, digest, size: bytes.length };
}
