/** Where a job wants to go, as it wrote it: a plain domain name in lower case, and a port. */
export type Authority = { host: string; port: number };

/**
 * Two labels or more, the last of which begins with a letter: so no spelling of an address passes for a name, be it decimal,
 * octal, hexadecimal or IPv6. What is left out on purpose: a dot at the end, other alphabets (they travel as `xn--`), `_`.
 */
const NAME = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** @returns undefined for anything that two readers could take for two places, user information among it. */
export function parseAuthority(text: string, defaultPort?: number): Authority | undefined {
	const [, name = "", digits] = /^([^:]+)(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
	const host = name.toLowerCase();
	const port = digits === undefined ? defaultPort : Number(digits);
	if (port === undefined || port > 65_535 || !NAME.test(host)) return undefined;
	return { host, port };
}

/** `http://host[:port]/path`, which is how a client asks a proxy for a page. */
export function parseAbsoluteForm(url: string): (Authority & { path: string }) | undefined {
	const [, authority = "", path = ""] = /^http:\/\/([^/?#]+)(\/[^#]*)?$/i.exec(url) ?? [];
	const parsed = parseAuthority(authority, 80);
	return parsed && { ...parsed, path: path === "" ? "/" : path };
}

/** Whether a Host header names that very place; its port may be left out. */
export function isNamedBy({ host, port }: Authority, header: string | undefined): boolean {
	const named = header === undefined ? undefined : parseAuthority(header, port);
	return named !== undefined && named.host === host && named.port === port;
}
