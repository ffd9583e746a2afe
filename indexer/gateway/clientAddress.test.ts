import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, trustOf } from "./clientAddress.ts";

const nobody = trustOf([]);
const proxies = trustOf(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);

test("default", () => {
	assert.equal(clientOf("203.0.113.5", undefined, nobody), "203.0.113.5");
	assert.equal(clientOf("10.1.2.3", "203.0.113.5", proxies), "203.0.113.5");
});

test("behavior: a header from anybody else changes nothing", () => {
	assert.equal(clientOf("203.0.113.5", "198.51.100.1", proxies), "203.0.113.5");
	assert.equal(clientOf("10.1.2.3", "198.51.100.1", nobody), "10.1.2.3");
});

test("behavior: what a client wrote in front of the proxy's entry is not believed", () => {
	assert.equal(clientOf("10.1.2.3", "127.0.0.1, 198.51.100.1, 203.0.113.5", proxies), "203.0.113.5");
	assert.equal(clientOf("10.1.2.3", "198.51.100.1, 203.0.113.5, 192.0.2.7, 10.9.9.9", proxies), "203.0.113.5");
});

test("behavior: what is no address counts for the proxy that passed it on", () => {
	for (const junk of ["", "unknown", "localhost", "1.2.3", "203.0.113.5:80", "'; drop", "203.0.113.5, x"]) {
		assert.equal(clientOf("10.1.2.3", junk, proxies), "10.1.2.3", junk);
	}
	assert.equal(clientOf(undefined, undefined, proxies), "unknown");
});

test("behavior: one IPv6 network is one client, however it is written", () => {
	const forms = ["2001:db8:0:7::1", "2001:0db8:0000:0007:ffff::2", "2001:db8:0:7:1:2:3:4"];
	for (const form of forms) assert.equal(clientOf(form, undefined, nobody), "2001:db8:0:7::/64", form);
	assert.equal(clientOf("2001:db8::1", undefined, nobody), "2001:db8:0:0::/64");
	assert.equal(clientOf("fd12::1", "2001:db8:0:7::1", proxies), "2001:db8:0:7::/64");
	assert.equal(clientOf("::ffff:10.1.2.3", "203.0.113.5", proxies), "203.0.113.5");
});
