// Every kind of refusal, RFC 9457. Its `type` is `https://depin.dev/problems/<name>` and never changes its meaning.
import { z } from "zod";

export const problems = {
	"invalid-request": [400, "The request cannot be understood"],
	"unknown-key": [401, "The key is not one of this gateway's"],
	forbidden: [403, "The signature does not allow this"],
	"not-found": [404, "There is nothing here"],
	"method-not-allowed": [405, "This address does not take that method"],
	"request-timeout": [408, "The request did not arrive in time"],
	"out-of-order": [409, "Something newer is known already"],
	"too-large": [413, "The body is too large"],
	"address-too-long": [414, "The address is too long"],
	"unsupported-body": [415, "The body's type or encoding is not taken"],
	"rate-limited": [429, "Too many requests"],
	internal: [500, "This side failed to answer"],
	"mirror-answer": [502, "The mirror's answer cannot be passed on"],
	unavailable: [503, "This cannot be answered now"],
	"mirror-slow": [504, "The mirror did not answer in time"],
} as const;

export type ProblemName = keyof typeof problems;
export type ProblemStatus = (typeof problems)[ProblemName][0];

/** Every answer with a status of 400 or more. */
export const problemSchema = z.object({
	type: z.string(),
	title: z.string(),
	status: z.int(),
	detail: z.string().optional().describe("what happened this time, and what to do"),
	errors: z
		.array(
			z.object({
				path: z.string().describe("name of the parameter, or path into the body; empty for the body as a whole"),
				message: z.string(),
			}),
		)
		.optional()
		.describe("the fields at fault"),
});

export type ProblemJson = z.input<typeof problemSchema>;
