import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { readAll } from "./bytes.ts";
import { SourceFailedError } from "./errors.ts";
import { callHttp } from "./http.ts";

/** Answers the first request of every connection, and cuts the connection off when a second one comes. */
describe("a source that closes a connection while a request is on its way", () => {
	const asked = new Map<Socket, number>();
	let answers = true;
	const server = createServer((request, response) => {
		const count = (asked.get(request.socket) ?? 0) + 1;
		asked.set(request.socket, count);
		if (count > 1 || !answers) request.socket.destroy();
		else response.end("content");
	});
	let url: string;

	before(async () => {
		await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});
	after(() => {
		server.closeAllConnections();
		server.close();
	});

	const read = async (method: "GET" | "POST") => {
		const answer = await callHttp(url, {
			method,
			allowPrivate: true,
			maxBytes: 100,
			...(method === "POST" && { body: Buffer.from("block") }),
		});
		return Buffer.from(await readAll(answer.body)).toString();
	};

	for (const method of ["GET", "POST"] as const)
		it(`is asked again over a new one: ${method}`, async () => {
			assert.equal(await read(method), "content");
			assert.equal(await read(method), "content");
			assert.ok([...asked.values()].includes(2), "the second request went out on the first one's connection");
			asked.clear();
		});

	it("is told as failed where a new one is cut off too", async () => {
		answers = false;
		await assert.rejects(
			read("GET"),
			(error) => error instanceof SourceFailedError && /ECONNRESET/.test(error.message),
		);
	});
});
