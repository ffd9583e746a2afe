import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isNamedBy, parseAbsoluteForm, parseAuthority } from "./authority.ts";

describe("parseAuthority", () => {
	test("default", () => {
		assert.deepEqual(parseAuthority("api.example.com:443"), { host: "api.example.com", port: 443 });
		assert.deepEqual(parseAuthority("API.Example.COM", 80), { host: "api.example.com", port: 80 });
		assert.deepEqual(parseAuthority("xn--bcher-kva.example:8443"), { host: "xn--bcher-kva.example", port: 8443 });
	});

	const others = [
		["a dot at the end", "api.example.com.:443"],
		["user information", "api.example.com@evil.example:443"],
		["user information before", "user:password@api.example.com:443"],
		["an IPv4 address", "127.0.0.1:443"],
		["a decimal address", "2130706433:443"],
		["an octal address", "0177.0.0.1:443"],
		["a hexadecimal address", "0x7f.0.0.1:443"],
		["a hexadecimal last part", "127.0.0.0x1:443"],
		["a short address", "127.1:443"],
		["an IPv6 address", "[::1]:443"],
		["a mapped address", "[::ffff:169.254.169.254]:443"],
		["a bare IPv6 address", "::1"],
		["a name without a dot", "localhost:443"],
		["another alphabet", "bücher.example:443"],
		["a fullwidth dot", "api。example.com:443"],
		["an underscore", "a_b.example.com:443"],
		["an encoded byte", "api%2eexample.com:443"],
		["a NUL", "api.example.com\0.evil.example:443"],
		["a path", "api.example.com:443/x"],
		["a space", "api.example.com :443"],
		["an empty label", "api..example.com:443"],
		["a label of 64", `${"a".repeat(64)}.example:443`],
		["a name of 300", `${"a.".repeat(150)}example:443`],
		["port 0", "api.example.com:0"],
		["port 65536", "api.example.com:65536"],
		["a port with a sign", "api.example.com:+443"],
		["a port with zeros", "api.example.com:0443"],
		["two ports", "api.example.com:443:80"],
		["no port where none is meant", "api.example.com"],
		["nothing", ""],
	];
	for (const [what, text = ""] of others)
		test(`behavior: refuses ${what}`, () => assert.equal(parseAuthority(text), undefined));
});

describe("parseAbsoluteForm", () => {
	test("default", () => {
		const place = { host: "api.example.com", port: 80 };
		assert.deepEqual(parseAbsoluteForm("http://api.example.com/a?b=c"), { ...place, path: "/a?b=c" });
		assert.deepEqual(parseAbsoluteForm("HTTP://api.example.com:8080"), { ...place, port: 8080, path: "/" });
	});
	for (const url of [
		"/a",
		"*",
		"https://api.example.com/",
		"http:///a",
		"http://a@api.example.com/",
		"http://api.example.com\\@evil.example/",
		"http://api.example.com/#a",
		"http://api.example.com?a",
		"ftp://api.example.com/",
	])
		test(`behavior: refuses ${url}`, () => assert.equal(parseAbsoluteForm(url), undefined));
});

test("behavior: a Host header must name the same place", () => {
	const place = { host: "api.example.com", port: 443 };
	const same = ["api.example.com:443", "API.example.com", "api.example.com"];
	const others = ["api.example.com:80", "evil.example", "api.example.com.", "", undefined];
	assert.deepEqual(
		same.map((header) => isNamedBy(place, header)),
		[true, true, true],
	);
	assert.ok(others.every((header) => !isNamedBy(place, header)));
});
